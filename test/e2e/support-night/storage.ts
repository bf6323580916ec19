/** Storage that takes no more: an audit log that refuses to be written, and a disk that is full. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { TestStack } from '../support/stack.ts';
import type { Night } from './night.ts';

/** A lease that nobody knows on the audit log's newest segment: every append is refused until the returned function ran. */
export async function refuseAudit({ outsider, place }: Night): Promise<() => Promise<void>> {
  const vault = outsider.container(`vault${place.region}`, 'vault');
  const prefix = `v1/${place.system}/${place.region}/audit/`;
  let newest = '';
  for await (const { name } of vault.listBlobsFlat({ prefix })) newest = name;
  const lease = vault.getAppendBlobClient(newest).getBlobLeaseClient();
  await lease.acquireLease(-1);
  return async () => void (await lease.releaseLease());
}

/** The store keeps its blobs in up to 50 files, each with some room in its last block. */
const refusalsInARow = 100;
const fillerBytes = [2_000, 100];
/** What a cycle writes fits into it many times. */
const roomBytes = 64 * 1_024 * 1_024;

/**
 * The disk under the blob store. Where the user may mount one it is a small file system of its own, which really
 * becomes full; elsewhere the writes of the systems' audit logs are refused instead.
 */
export class BlobDisk {
  readonly #folder: string;
  readonly #isOwn: boolean;
  #putRight: (() => Promise<void>)[] = [];

  /** Before the stack is started. */
  constructor(stack: TestStack, megabytes: number) {
    this.#folder = path.join(stack.stateDir, 'blob-store');
    mkdirSync(this.#folder, { recursive: true });
    this.#isOwn = isMounted(this.#folder, megabytes);
  }

  /** What the app then says of a request that it cannot record. */
  get refusal(): RegExp {
    return this.#isOwn ? /vault: HTTP 500/ : /nothing can be recorded/;
  }

  /** Until nothing can be written any more, not even into what is left of a block. */
  async becomeFull(nights: readonly Night[]): Promise<void> {
    const [night] = nights;
    if (!this.#isOwn || night === undefined) {
      this.#putRight = await Promise.all(nights.map(refuseAudit));
      return;
    }
    fillUp(this.#filler);
    for (const bytes of fillerBytes) await fillWithBlobs(night, bytes);
  }

  /** Throws if there is none: then the disk is too small for what was written beside the filler. */
  async getRoom(): Promise<void> {
    rmSync(this.#filler, { force: true });
    const { bavail, bsize } = statfsSync(this.#folder);
    if (bavail * bsize < roomBytes)
      throw new Error(`only ${bavail * bsize} bytes are free under the blob store without the filler`);
    for (const putRight of this.#putRight.splice(0)) await putRight();
  }

  /** After the stack is stopped, before its folder is removed. */
  remove(): void {
    if (this.#isOwn) execFileSync('umount', ['--lazy', this.#folder]);
  }

  get #filler(): string {
    return path.join(this.#folder, 'filler');
  }
}

/** Whether a file system of that size could be mounted there: root on Linux may, unless its container forbids it. */
function isMounted(folder: string, megabytes: number): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
    return true;
  } catch {
    return false;
  }
}

/** Writes a file until the disk takes no more. */
function fillUp(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, Buffer.alloc(65_536));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
}

/** Writes blobs of a size until the store takes no more; the library is not to try again what a full disk refuses. */
async function fillWithBlobs({ stack, outsider, place }: Night, bytes: number): Promise<void> {
  const account = `vault${place.region}`;
  const credential = new StorageSharedKeyCredential(account, stack.secrets.storageKeys[account] ?? '');
  const url = outsider.container(account, 'vault').url;
  const vault = new ContainerClient(url, credential, { retryOptions: { maxTries: 1 } });
  for (let refused = 0, number = 0; refused < refusalsInARow; number += 1) {
    const isWritten = await vault
      .getBlockBlobClient(`filler/${bytes}-${number}`)
      .uploadData(Buffer.alloc(bytes))
      .then(
        () => true,
        () => false,
      );
    refused = isWritten ? 0 : refused + 1;
  }
}
