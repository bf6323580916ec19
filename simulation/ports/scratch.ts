/** Scratch containers as one process reaches them: calls that are lost, late or made twice. */
import type { ScratchDeleter, ScratchStore } from '../../src/ports/scratch.ts';
import type { MemoryScratch } from '../../test/support/memory-scratch.ts';
import type { Life } from '../engine/life.ts';

/** Hears of a removal before it is done. */
export interface ScratchWatcher {
  removes(container: string): void;
}

export function scratchOf(
  life: Life,
  all: MemoryScratch,
  watcher: ScratchWatcher,
): ScratchStore & ScratchDeleter {
  return {
    create: (container, marks) =>
      life.call(`CREATE ${container}`, 'effect', () => {
        all.faults.calls.length = 0;
        return all.create(container, marks);
      }),
    put: (container, name, expected, content) =>
      life.call(`PUT scratch ${name.slice(0, 14)}`, 'once', () =>
        all.put(container, name, expected, content),
      ),
    open: (container, name) =>
      life.call(`open scratch ${name.slice(0, 14)}`, 'read', () => all.open(container, name)),
    list: () => life.call('list scratch', 'read', () => all.list()),
    remove: (container) =>
      life.call(`REMOVE ${container}`, 'effect', () => {
        watcher.removes(container);
        return all.remove(container);
      }),
  };
}
