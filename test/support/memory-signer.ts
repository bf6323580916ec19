/**
 * The signer in memory, with the guarantees that src/ports/signer.ts states. Its keys follow from their number, so that
 * a run can be repeated; signatures differ each time, as they may.
 */
import { createECDH, createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { PublicKey, SigningKey } from '../../src/contracts/signing.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { Failure } from '../../src/policy/failure.ts';
import { thumbprintOf } from '../../src/policy/signing-keys.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Signer, SigningKeyState } from '../../src/ports/signer.ts';
import { Faults } from './faults.ts';

interface Version {
  readonly key: SigningKey;
  readonly privateKey: KeyObject;
  enabled: boolean;
}

export class MemorySigner implements Signer {
  readonly faults = new Faults();
  readonly key = 'https://keys.example/keys/reports';
  readonly #clock: Clock;
  readonly #versions: Version[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.rotate();
  }

  /** Makes a new version, which is the current one from then on. */
  rotate(): SigningKey {
    const number = this.#versions.length + 1;
    const { jwk, privateKey } = keyPair(`signing key ${number}`);
    const key = {
      ...{ keyId: thumbprintOf(jwk), source: `${this.key}/${number}`, jwk },
      createdAt: isoOf(this.#clock.now()),
    };
    this.#versions.push({ key, privateKey, enabled: true });
    return key;
  }

  /** Sets whether a version may sign. */
  enable(source: string, enabled: boolean): void {
    this.#version(source).enabled = enabled;
  }

  currentKey(): Promise<SigningKey> {
    return this.faults.run('currentKey', () => {
      const current = this.#versions.findLast((one) => one.enabled);
      if (current === undefined) throw new Failure('operation-failed', 'no version may sign', 'Enable one.');
      return current.key;
    });
  }

  sign(key: SigningKey, bytes: Uint8Array): Promise<Buffer> {
    return this.faults.run('sign', () => {
      const { privateKey, enabled } = this.#version(key.source);
      if (!enabled) throw new Failure('access-denied', `${key.source} is disabled`, 'Enable it.');
      return sign('sha384', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    });
  }

  versions(): Promise<readonly SigningKeyState[]> {
    return this.faults.run('versions', () =>
      this.#versions.map(({ key, enabled }) => ({ source: key.source, enabled })),
    );
  }

  #version(source: string): Version {
    const found = this.#versions.find((one) => one.key.source === source);
    if (found === undefined) throw new Failure('not-found', `there is no ${source}`, 'Look at its name.');
    return found;
  }
}

interface KeyPair {
  readonly jwk: PublicKey;
  readonly privateKey: KeyObject;
}

const pairs = new Map<string, KeyPair>();

/** A key of P-384 that follows from a name; each is made once. */
export function keyPair(name: string): KeyPair {
  const pair = pairs.get(name) ?? makeKeyPair(name);
  pairs.set(name, pair);
  return pair;
}

function makeKeyPair(name: string): KeyPair {
  const secret = createHash('sha384').update(name).digest();
  const pair = createECDH('secp384r1');
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  const jwk: PublicKey = {
    ...{ kty: 'EC', crv: 'P-384' },
    ...{ x: point.subarray(1, 49).toString('base64url'), y: point.subarray(49).toString('base64url') },
  };
  const privateKey = createPrivateKey({ key: { ...jwk, d: secret.toString('base64url') }, format: 'jwk' });
  return { jwk, privateKey };
}
