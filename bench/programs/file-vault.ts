/**
 * A vault in a folder, with the guarantees that the scan relies on: a document is written aside and linked or renamed
 * into its place, so that it is whole or not there, and `create` succeeds once.
 */
import { hash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import type { Vault, VaultDocument, VaultStreams } from '../../src/ports/vault.ts';

export class FileVault implements Vault, VaultStreams {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(path: string): Promise<VaultDocument | undefined> {
    try {
      const bytes = await readFile(join(this.#folder, path));
      return { bytes, version: hash('sha256', bytes) };
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  }

  async create(path: string, bytes: Buffer): Promise<boolean> {
    return this.#place(path, [bytes], true);
  }

  async replace(path: string, version: string, bytes: Buffer): Promise<boolean> {
    const standing = await this.read(path);
    return standing?.version === version && this.#place(path, [bytes], false);
  }

  async *list(prefix: string): AsyncIterable<string> {
    // A prefix may end within a name.
    const folder = join(this.#folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (thrown: unknown) => {
        if (isAbsent(thrown)) return [];
        throw thrown;
      },
    );
    yield* entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)))
      .filter((path) => path.startsWith(prefix))
      .toSorted();
  }

  async createFrom(path: string, content: Readable): Promise<boolean> {
    return this.#place(path, content, true);
  }

  async open(path: string): Promise<Readable> {
    return Promise.resolve(createReadStream(join(this.#folder, path)));
  }

  async #place(
    path: string,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    isNew: boolean,
  ): Promise<boolean> {
    const target = join(this.#folder, path);
    const aside = `${target}.${randomUUID()}`;
    await mkdir(dirname(target), { recursive: true });
    const file = await open(aside, 'wx');
    try {
      for await (const chunk of content) await file.writeFile(chunk);
      await file.sync();
      if (isNew) await link(aside, target);
      else await rename(aside, target);
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw thrown;
    } finally {
      await file.close();
      await rm(aside, { force: true });
    }
  }
}

const isAbsent = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).code === 'ENOENT';
