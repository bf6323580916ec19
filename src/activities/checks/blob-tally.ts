/** What came of the blobs that a check read, by verdict, and what is wrong; goes on where a portion before left it. */
import type { BlobTallyState } from '../../contracts/check-states.ts';
import type { EstateBlobStore } from '../../contracts/estate.ts';
import type { BlobVerdict, VerifiedBlob } from '../verify-blob.ts';
import { Findings, noFindings } from './findings.ts';

export const noBlobs: BlobTallyState = {
  counts: {
    ok: 0,
    transient: 0,
    'digest-mismatch': 0,
    'wrong-size': 0,
    missing: 0,
    unreadable: 0,
    unstable: 0,
    'not-replicated': 0,
  },
  ...{ blobs: 0, bytes: 0, wrong: 0 },
  findings: noFindings,
};

/** A blob that rows refer to; `not-replicated`: it came after what the secondary that was read is known to have. */
export type VerifiedReference = Omit<VerifiedBlob, 'verdict'> & {
  readonly verdict: BlobVerdict | 'not-replicated';
};

export class BlobTally {
  readonly #counts: BlobTallyState['counts'];
  readonly #findings: Findings;
  #blobs: number;
  #bytes: number;
  #wrong: number;

  constructor({ counts, blobs, bytes, wrong, findings }: BlobTallyState) {
    this.#counts = { ...counts };
    this.#findings = new Findings(findings);
    [this.#blobs, this.#bytes, this.#wrong] = [blobs, bytes, wrong];
  }

  find(text: string, isWrong = true): void {
    if (isWrong) this.#wrong += 1;
    this.#findings.add(text);
  }

  count(store: EstateBlobStore, name: string, { verdict, bytes, detail }: VerifiedReference): void {
    this.#blobs += 1;
    this.#bytes += bytes;
    this.#counts[verdict] += 1;
    if (verdict === 'ok' || verdict === 'transient' || verdict === 'not-replicated') return;
    const isWrong = verdict !== 'unreadable' && verdict !== 'unstable';
    this.find(`store ${store.id}: blob ${name} is ${verdict}: ${detail}`, isWrong);
  }

  get state(): BlobTallyState {
    return {
      ...{ counts: this.#counts, blobs: this.#blobs, bytes: this.#bytes, wrong: this.#wrong },
      findings: this.#findings.result,
    };
  }
}
