/**
 * The chain of the audit log: every entry has a number, one more than that of the entry before it, and names the digest of
 * that one's line. Whoever changes, removes, inserts or moves a line breaks the chain behind it; whoever makes a chain of
 * their own does not meet the signed checkpoints. The segments of a log are named by the number of their first entry; the
 * last entry of one names the next, so that nobody who still writes into an earlier segment can begin a second chain.
 */
import { hash } from 'node:crypto';
import { canonicalJson, digestOf } from './canonical-json.ts';

export const auditSchema = 'lifeboat/audit/v2';

/** Where a chain ends: the number of its last entry and the digest of that entry's line; the number 0 before the first. */
export interface ChainHead {
  readonly sequence: number;
  readonly digest: string;
}

/** What the first entry of a scope follows: no log can be passed off as that of another scope. */
export const chainBeginning = ({
  system,
  region,
}: {
  readonly system: string;
  readonly region: string;
}): ChainHead => ({ sequence: 0, digest: digestOf({ schema: auditSchema, system, region }) });

/** The digest of a line, as it stands there without its line feed. */
export const digestOfLine = (line: string | Uint8Array): string => `sha256-${hash('sha256', line, 'hex')}`;

/** Links entries behind a head: their lines in order, and the head behind them. */
export function linkEntries(
  head: ChainHead,
  entries: readonly object[],
): { readonly lines: readonly string[]; readonly head: ChainHead } {
  let { sequence, digest } = head;
  const lines = entries.map((entry) => {
    sequence += 1;
    const line = canonicalJson({ ...entry, schema: auditSchema, sequence, previous: digest });
    digest = digestOfLine(line);
    return line;
  });
  return { lines, head: { sequence, digest } };
}

/** The action of the last entry of a segment; its target is the path of the next one. */
export const continueAction = 'continue-log';
/** The action of the entry that says that a segment goes; its detail says which entries it holds. */
export const removeAction = 'remove-audit';

const segmentForm = /^(\d{12,15})\.jsonl$/;

/** The name of a segment from before entries were chained: its day, and which of that day it is. */
export const unchainedSegment = /^(\d{4}-\d{2}-\d{2})-(\d+)\.jsonl$/;

/** The name of the segment that begins with an entry. */
export const segmentNamed = (first: number): string => `${String(first).padStart(12, '0')}.jsonl`;

/** The number of a segment's first entry; undefined of a file that is no segment of a chain. */
export function firstOfSegment(name: string): number | undefined {
  const digits = segmentForm.exec(name)?.[1];
  const first = digits === undefined ? 0 : Number(digits);
  return first >= 1 && segmentNamed(first) === name ? first : undefined;
}

/** What the chain needs to know of a line. */
export interface ChainLine {
  readonly sequence: number;
  readonly previous: string;
  readonly at: string;
  /** The name of the segment that the log goes on in. */
  readonly continuesIn: string | undefined;
  /** The entries that a segment held which was to go. */
  readonly removes: { readonly from: number; readonly through: number } | undefined;
}

/** Reads a line; undefined if it is no entry of a chain. */
export function readChainLine(line: Buffer): ChainLine | undefined {
  let read: Partial<Record<string, unknown>> | null;
  try {
    // Whatever is not ASCII stands within texts that are not looked at here.
    read = JSON.parse(line.toString('latin1')) as Partial<Record<string, unknown>> | null;
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { schema, sequence, previous, at, action } = read;
  const isEntry =
    schema === auditSchema &&
    Number.isSafeInteger(sequence) &&
    (sequence as number) > 0 &&
    typeof previous === 'string' &&
    typeof at === 'string' &&
    typeof action === 'string';
  if (!isEntry) return undefined;
  return {
    ...{ sequence: sequence as number, previous, at },
    continuesIn: action === continueAction ? nameIn(read['target']) : undefined,
    removes: action === removeAction ? rangeIn(read['detail']) : undefined,
  };
}

const nameIn = (path: unknown): string | undefined =>
  typeof path === 'string' ? path.slice(path.lastIndexOf('/') + 1) : undefined;

function rangeIn(detail: unknown): ChainLine['removes'] {
  const { from, through } = (detail ?? {}) as Record<string, unknown>;
  return Number.isSafeInteger(from) && Number.isSafeInteger(through)
    ? { from: from as number, through: through as number }
    : undefined;
}
