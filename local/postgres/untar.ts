/**
 * Unpacks the tar stream of a base backup into a folder as it arrives. Writes are synchronous, which holds the sender
 * back without buffering. A name is data: it can never lead out of the folder.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

const blockBytes = 512;

/** Writes the members of a tar stream below `dir`, piece by piece. */
export class TarUnpacker {
  private readonly dir: string;
  private pending: Buffer = Buffer.alloc(0);
  private file: number | undefined;
  private contentLeft = 0;
  private paddingLeft = 0;

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Takes the next piece of the stream. */
  write(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) {
      if (this.contentLeft > 0) rest = this.takeContent(rest);
      else if (this.paddingLeft > 0) rest = this.takePadding(rest);
      else rest = this.takeHeader(rest);
    }
  }

  /** Closes the stream; fails when it ended inside a member. */
  end(): void {
    this.closeFile();
    if (this.contentLeft > 0 || this.pending.length > 0)
      throw new Error('The base backup ended inside a file');
  }

  /** Closes an unfinished file without judging it. */
  abort(): void {
    this.closeFile();
  }

  private takeContent(bytes: Buffer): Buffer {
    if (this.file === undefined) throw new Error('The base backup has content without a file');
    const count = Math.min(this.contentLeft, bytes.length);
    for (let done = 0; done < count;) done += writeSync(this.file, bytes, done, count - done);
    this.contentLeft -= count;
    if (this.contentLeft === 0) this.closeFile();
    return bytes.subarray(count);
  }

  private takePadding(bytes: Buffer): Buffer {
    const count = Math.min(this.paddingLeft, bytes.length);
    this.paddingLeft -= count;
    return bytes.subarray(count);
  }

  private takeHeader(bytes: Buffer): Buffer {
    const wanted = blockBytes - this.pending.length;
    // The piece belongs to the sender and is overwritten later.
    this.pending = Buffer.concat([this.pending, bytes.subarray(0, wanted)]);
    if (this.pending.length === blockBytes) {
      const header = this.pending;
      this.pending = Buffer.alloc(0);
      if (header[0] !== 0) this.beginMember(header);
    }
    return bytes.subarray(wanted);
  }

  private beginMember(header: Buffer): void {
    const target = path.join(this.dir, path.posix.normalize(`/${text(header, 0, 100)}`));
    const type = text(header, 156, 1);
    if (type === '5') {
      mkdirSync(target, { recursive: true, mode: 0o700 });
      return;
    }
    if (type !== '0' && type !== '')
      throw new Error(`The base backup holds ${target} of unsupported type ${type}`);
    mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
    this.file = openSync(target, 'w', 0o600);
    this.contentLeft = size(header);
    this.paddingLeft = (blockBytes - (this.contentLeft % blockBytes)) % blockBytes;
    if (this.contentLeft === 0) this.closeFile();
  }

  private closeFile(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }
}

function text(header: Buffer, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString();
}

/** Size of a member: octal digits, or binary for large ones. */
function size(header: Buffer): number {
  if ((header.readUInt8(124) & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(text(header, 124, 12).trim() || '0', 8);
}
