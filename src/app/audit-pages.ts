/**
 * What the API shows of audit logs: entries in pages, the newest first, intents with their outcomes, which stand behind
 * them. What a page looks at is bounded, however few entries fit.
 */
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import {
  auditEntry,
  auditPlace,
  type AuditQuery,
  type AuditResponse,
  type ListedEntry,
} from '../contracts/audit.ts';
import { unchainedAuditEntry } from '../contracts/documents.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { firstOfSegment, unchainedSegment } from '../policy/audit-chain.ts';
import { linesOf } from '../policy/log-lines.ts';
import type { LogSegments } from '../ports/log-segments.ts';
import { afterOf, continuationAfter, unknownPlace } from './api/paging.ts';
import { Outcomes } from './audit-outcomes.ts';

/** A page ends behind the segment in which it has looked at so many lines. */
const linesLookedAt = 100_000;
const mostUnreadable = 100;

/** A page of entries, newest first. */
export async function viewAudit(
  deps: Dependencies,
  system: string,
  query: AuditQuery,
): Promise<AuditResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const page = new Page(deps, scope, query);
  const next = await page.fill();
  const { unreadable, outcomes } = page;
  const entries = page.entries.map((entry) => withOutcome(entry, outcomes));
  return {
    ...{ schema: 'lifeboat/audit-page/v1', ...scope, entries, unreadable },
    ...(outcomes.isCut ? { outcomesThrough: outcomes.through } : {}),
    ...(next === undefined ? {} : { continuation: continuationAfter(next) }),
  };
}

function withOutcome(entry: ListedEntry, outcomes: Outcomes): ListedEntry {
  if (!entry.chained || entry.stage !== 'intent') return entry;
  const outcome = outcomes.of(entry.sequence);
  return outcome === undefined ? entry : { ...entry, outcome };
}

class Page {
  readonly entries: ListedEntry[] = [];
  readonly unreadable: string[] = [];
  readonly outcomes = new Outcomes();
  readonly #deps: Dependencies;
  readonly #prefix: string;
  readonly #query: AuditQuery;
  #lookedAt = 0;
  /** Whether a whole segment was older than what is asked for. */
  #isOver = false;

  constructor(deps: Dependencies, scope: Scope, query: AuditQuery) {
    [this.#deps, this.#prefix, this.#query] = [deps, vaultPaths.auditSegments(scope), query];
  }

  /** Fills the page; returns where the next one begins. */
  async fill(): Promise<string | undefined> {
    const { limit } = this.#query;
    const [from, line] = placeIn(this.#query);
    const names = (await segmentNames(this.#deps.segments, this.#prefix)).toReversed();
    const start = from === undefined ? 0 : names.indexOf(from);
    if (start < 0) throw unknownPlace();
    // Those of what stands on this page stand on newer ones.
    for (const name of names.slice(0, start).toReversed())
      if (!(await this.outcomes.look(this.#deps.segments, `${this.#prefix}${name}`))) break;
    for (const name of names.slice(start)) {
      await this.#look(name, name === from ? Number(line) : Infinity);
      const last = this.entries.at(-1);
      if (last !== undefined && this.entries.length === limit) return last.place;
      if (this.#isOver) return undefined;
      if (this.#lookedAt >= linesLookedAt && name !== names.at(-1)) return `${name}:1`;
    }
    return undefined;
  }

  /** Takes the newest fitting entries of a segment, those before a line. */
  async #look(name: string, before: number): Promise<void> {
    const wanted = this.#query.limit - this.entries.length;
    const found: ListedEntry[] = [];
    let [number, newest] = [0, ''];
    if (before <= 1) return;
    for await (const { lines } of linesOf(await this.#deps.segments.open(`${this.#prefix}${name}`)))
      for (const line of lines) {
        number += 1;
        this.outcomes.take(line);
        if (number >= before) continue;
        const entry = this.#entryIn(line, `${name}:${number}`);
        if (entry === undefined) continue;
        if (entry.at > newest) newest = entry.at;
        if (!this.#fits(entry)) continue;
        found.push(entry);
        if (found.length > 2 * wanted) found.splice(0, found.length - wanted);
      }
    this.#lookedAt += number;
    this.entries.push(...found.slice(-wanted).toReversed());
    const { since } = this.#query;
    this.#isOver = since !== undefined && newest !== '' && instantOf(newest) < instantOf(since);
  }

  #entryIn(line: Buffer, place: string): ListedEntry | undefined {
    const value = jsonIn(line.toString('utf8'));
    const chained = auditEntry.safeParse(value);
    if (chained.success) return { ...chained.data, place, chained: true };
    const unchained = unchainedAuditEntry.safeParse(value);
    if (unchained.success) return { ...unchained.data, place, chained: false };
    if (this.unreadable.length < mostUnreadable) this.unreadable.push(place);
    return undefined;
  }

  #fits(entry: ListedEntry): boolean {
    const { since, who } = this.#query;
    if (since !== undefined && instantOf(entry.at) < instantOf(since)) return false;
    if (who === undefined) return true;
    return entry.chained ? entry.actor.subject === who || entry.actor.function === who : entry.actor === who;
  }
}

/** Segment and line that the page before ended with; nothing for the first page. */
function placeIn(query: AuditQuery): [segment?: string, line?: string] {
  const after = afterOf(query);
  if (after === undefined) return [];
  if (!auditPlace.safeParse(after).success) throw unknownPlace();
  return after.split(':') as [string, string];
}

/** Every segment, the oldest first: those without a chain are from before those with one. */
async function segmentNames(log: LogSegments, prefix: string): Promise<string[]> {
  const [chained, unchained]: [string[], string[]] = [[], []];
  for await (const { path, bytes } of log.listSegments(prefix)) {
    const name = path.slice(prefix.length);
    if (bytes === 0) continue;
    if (firstOfSegment(name) !== undefined) chained.push(name);
    else if (unchainedSegment.test(name)) unchained.push(name);
  }
  const key = (name: string): string => {
    const [, day = '', number = ''] = unchainedSegment.exec(name) ?? [];
    return `${day} ${number.padStart(6, '0')}`;
  };
  return [...unchained.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)), ...chained];
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
