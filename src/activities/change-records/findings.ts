/** Collects findings: all are counted, the first of each kind are kept, so that one kind never crowds out another. */
import {
  changeFindingsOfAKind,
  type ChangeLogProgress,
  type ChangeLogSummary,
} from '../../contracts/change-records.ts';
import {
  changeFindingKinds,
  type ChangeFinding,
  type ChangeFindingKind,
} from '../../policy/change-records.ts';

export class ChangeFindings {
  readonly #kept = new Map<ChangeFindingKind, ChangeFinding[]>();
  readonly #counts = new Map<ChangeFindingKind, number>();

  /** Goes on behind what was found before. */
  constructor(before: Pick<ChangeLogSummary, 'counts' | 'findings'> = { counts: {}, findings: [] }) {
    for (const kind of changeFindingKinds) {
      const count = before.counts[kind];
      if (count === undefined) continue;
      this.#counts.set(kind, count);
      this.#kept.set(
        kind,
        before.findings.filter((finding) => finding.kind === kind),
      );
    }
  }

  add(finding: ChangeFinding): void {
    this.#counts.set(finding.kind, (this.#counts.get(finding.kind) ?? 0) + 1);
    const kept = this.#kept.get(finding.kind) ?? [];
    if (kept.length < changeFindingsOfAKind) kept.push({ ...finding, what: finding.what.slice(0, 500) });
    this.#kept.set(finding.kind, kept);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  has(...kinds: readonly ChangeFindingKind[]): boolean {
    return kinds.some((kind) => this.#counts.has(kind));
  }

  /** Counts by kind, and the kept findings in the order of their sequence. */
  result(): Pick<ChangeLogSummary, 'counts' | 'findings'> {
    const counts: ChangeLogSummary['counts'] = {};
    for (const kind of changeFindingKinds) {
      const count = this.#counts.get(kind);
      if (count !== undefined) counts[kind] = count;
    }
    const findings = [...this.#kept.values()].flat().toSorted((a, b) => a.sequence - b.sequence);
    return { counts, findings };
  }
}

/** What a log came to that was read and judged, with the addresses that it names. */
export function summaryOf(
  judged: ChangeLogProgress,
  addresses: ChangeLogSummary['addresses'],
): ChangeLogSummary {
  const { records, proven, signaturesComputed, revokedLater, sequence, hash, revocationLists } = judged;
  const findings = new ChangeFindings(judged);
  return {
    ...{ records, proven, signaturesComputed, revokedLater },
    ...(hash === undefined ? {} : { head: { sequence, hash, clean: findings.isEmpty } }),
    ...findings.result(),
    ...{ addresses, revocationLists },
  };
}
