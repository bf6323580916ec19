/** Segments of logs in memory, with the guarantees of src/ports/log-segments.ts, as one process reaches them. */
import { Readable } from 'node:stream';
import { Failure } from '../../src/policy/failure.ts';
import type { LogSegments } from '../../src/ports/log-segments.ts';
import type { Life } from '../engine/life.ts';
import type { Faults } from '../faults.ts';
import { listed, type VaultContents } from './vault.ts';

export function segmentsOf(life: Life, faults: Faults, contents: VaultContents): LogSegments {
  return {
    listSegments: (prefix) =>
      listed(life, faults, `list ${prefix}`, () =>
        contents.list(prefix).map((path) => ({ path, bytes: contents.sizeOf(path) })),
      ),
    endOf: (path) => life.call(`end of ${path}`, 'read', () => contents.endOf(path)),
    open: (path, from) =>
      life.call(`open ${path}`, 'read', () => {
        const found = contents.get(path);
        if (found === undefined) throw new Failure('not-found', `vault: ${path}`, 'It was never written.');
        if (from !== undefined && from > 0 && from >= found.bytes.length)
          throw new Failure(
            'operation-failed',
            `vault: ${path}: HTTP 416 InvalidRange`,
            'Nothing stands there.',
          );
        return Readable.from([found.bytes.subarray(from)], { objectMode: false });
      }),
    begin: (path) => life.call(`begin ${path}`, 'effect', () => contents.begin(path)),
    appendAt: (path, position, bytes) =>
      life.call(`append ${path}`, 'effect', () => contents.appendAt(path, position, bytes)),
  };
}
