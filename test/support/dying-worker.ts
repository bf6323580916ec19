/** A thread of the scan engine that dies once, where its test says so, and is the real one from then on. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export class DyingWorker {
  readonly program: URL;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.program = pathToFileURL(join(folder, 'dying.mjs'));
  }

  /** `script` is JavaScript that runs before the real thread's; it may look at `isDoomed()` and call `die()`. */
  static async make(script: string): Promise<DyingWorker> {
    const worker = new DyingWorker(await mkdtemp(join(tmpdir(), 'lifeboat-thread-')));
    const real = new URL('../../src/scan-engine/scan-worker.ts', import.meta.url).href;
    await writeFile(worker.#flag, '');
    await writeFile(
      worker.program,
      `import { existsSync, rmSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       const isDoomed = () => existsSync(${JSON.stringify(worker.#flag)});
       const die = () => { rmSync(${JSON.stringify(worker.#flag)}); throw new Error('dying'); };
       ${script}
       await import(${JSON.stringify(real)});`,
    );
    return worker;
  }

  /** Whether it has died. */
  get isDead(): boolean {
    return !existsSync(this.#flag);
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  get #flag(): string {
    return join(this.#folder, 'die');
  }
}
