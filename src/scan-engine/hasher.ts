/**
 * Hashing by every algorithm that an address can have: what Node has, by Node; the rest in WebAssembly. A hasher is
 * used again and again (`init`, `update` …, `digest`), and hashers of one algorithm may be used by turns. Invariant: a
 * digest is that of exactly the bytes given to its own hasher since its own `init`.
 */
import { createHash, hash, type Hash } from 'node:crypto';
import type { IHasher } from 'hash-wasm';
import type { HashAlgorithm } from '../policy/address-encoding.ts';
import { Failure } from '../policy/failure.ts';

/** Hashes one content after the other. */
export interface Hasher {
  /** Begins a new content; what was begun before is given up. A new hasher has begun one already. */
  init(): void;
  update(bytes: Uint8Array): void;
  /** The digest; then `init` has to be called before the next content. */
  digest(): Uint8Array;
  /** As `digest`, as latin1: a string costs half of what a Buffer does. */
  digestText(): string;
}

/** The hashing of one algorithm, ready for use. */
export interface Hashers {
  createHasher(): Hasher;
  /** The digest of content that is there as a whole: faster than a hasher. */
  hashOnce(bytes: Uint8Array): Uint8Array;
  /** As `hashOnce`, as latin1: a string costs half of what a Buffer does. */
  hashOnceText(bytes: Uint8Array): string;
}

/** How Node calls the algorithms that it has. */
const nodeNames = {
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  'blake2b-512': 'blake2b512',
} as const satisfies Partial<Record<HashAlgorithm, string>>;

/** The package is loaded when one of its algorithms is needed: few stores do, and every thread would start slower. */
const wasmFactories = {
  'blake2b-256': async () => (await import('hash-wasm')).createBLAKE2b(256),
  blake3: async () => (await import('hash-wasm')).createBLAKE3(),
} as const satisfies Partial<Record<HashAlgorithm, () => Promise<IHasher>>>;

const ready = new Map<HashAlgorithm, Hashers>(
  Object.entries(nodeNames).map(([algorithm, name]) => [algorithm as HashAlgorithm, nodeHashers(name)]),
);

/** Makes an algorithm ready; only those in WebAssembly take a moment, the first time in a thread. */
export async function loadHashers(algorithm: HashAlgorithm): Promise<Hashers> {
  const known = ready.get(algorithm);
  if (known !== undefined) return known;
  const wasm = await wasmFactories[algorithm as keyof typeof wasmFactories]();
  // Two may have waited for it; the first stays.
  const made = ready.get(algorithm) ?? wasmHashers(wasm);
  ready.set(algorithm, made);
  return made;
}

/** A hasher of an algorithm that is ready: Node's own always are, the others after `loadHashers`. */
export function createHasher(algorithm: HashAlgorithm): Hasher {
  return loaded(algorithm).createHasher();
}

/** The digest of content that is there as a whole, by an algorithm that is ready. */
export function hashOnce(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  return loaded(algorithm).hashOnce(bytes);
}

function loaded(algorithm: HashAlgorithm): Hashers {
  const hashers = ready.get(algorithm);
  if (hashers !== undefined) return hashers;
  throw new Failure(
    'unexpected',
    `${algorithm} was used before it was loaded`,
    'This is a defect of Lifeboat: loadHashers comes first in every thread.',
  );
}

function nodeHashers(name: string): Hashers {
  return {
    createHasher() {
      let state: Hash = createHash(name);
      return {
        init: () => void (state = createHash(name)),
        update: (bytes) => void state.update(bytes),
        digest: () => state.digest(),
        digestText: () => state.digest('binary'),
      };
    },
    hashOnce: (bytes) => hash(name, bytes, 'buffer'),
    hashOnceText: (bytes) => hash(name, bytes, 'binary'),
  };
}

const latin1Of = (digest: Uint8Array): string => Buffer.from(digest).toString('latin1');

/** Hashers that share one instance by turns. */
function wasmHashers(hasher: IHasher): Hashers {
  const shared = new SharedInstance(hasher);
  const hashWhole = (bytes: Uint8Array): Uint8Array => {
    const digest = shared.begin(undefined).update(bytes).digest('binary');
    shared.release();
    return digest;
  };
  return {
    createHasher: () => new WasmHasher(shared),
    hashOnce: hashWhole,
    hashOnceText: (bytes) => latin1Of(hashWhole(bytes)),
  };
}

/** One instance in WebAssembly; the state of whoever has it is put aside when another has a turn. */
class SharedInstance {
  readonly #instance: IHasher;
  #holder: WasmHasher | undefined;

  constructor(instance: IHasher) {
    this.#instance = instance;
  }

  /** A new content's turn. */
  begin(next: WasmHasher | undefined): IHasher {
    this.#putAside(next);
    return this.#instance.init();
  }

  /** The turn of a content that may have been begun before. */
  goOn(next: WasmHasher): IHasher {
    if (this.#holder === next) return this.#instance;
    this.#putAside(next);
    return next.aside === undefined ? this.#instance.init() : this.#instance.load(next.aside);
  }

  /** After a digest there is no state to put aside. */
  release(): void {
    this.#holder = undefined;
  }

  #putAside(next: WasmHasher | undefined): void {
    if (this.#holder !== undefined && this.#holder !== next) this.#holder.aside = this.#instance.save();
    this.#holder = next;
  }
}

class WasmHasher implements Hasher {
  /** The state while another hasher has the instance; undefined before the first byte. */
  aside: Uint8Array | undefined;
  readonly #shared: SharedInstance;

  constructor(shared: SharedInstance) {
    this.#shared = shared;
  }

  init(): void {
    this.#shared.begin(this);
  }

  update(bytes: Uint8Array): void {
    this.#shared.goOn(this).update(bytes);
  }

  digest(): Uint8Array {
    const digest = this.#shared.goOn(this).digest('binary');
    this.#shared.release();
    this.aside = undefined;
    return digest;
  }

  digestText(): string {
    return latin1Of(this.digest());
  }
}
