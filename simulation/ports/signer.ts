/** The signing key as one process reaches it: calls are lost before or after their effect, late, or made twice. */
import type { MemorySigner } from '../../test/support/memory-signer.ts';
import type { Signer } from '../../src/ports/signer.ts';
import type { Life } from '../engine/life.ts';

export function signerOf(life: Life, signer: MemorySigner): Signer {
  return {
    key: signer.key,
    currentKey: () => life.call('get signing key', 'read', () => signer.currentKey()),
    sign: (key, bytes) => life.call('SIGN', 'effect', () => signer.sign(key, bytes)),
    versions: () => life.call('list signing keys', 'read', () => signer.versions()),
  };
}
