/** An audit log of a thousand entries: it verifies, and with whatever was done to one of its entries it does not. */
import { sign, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import { digestOfLine } from '../../src/policy/audit-chain.ts';
import type { AuditProblemKind } from '../../src/policy/audit-walk.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import {
  checkpointType,
  compactJws,
  parseCompactJws,
  signingInput,
  type CompactJws,
} from '../../src/policy/jws.ts';
import { thumbprintOf } from '../../src/policy/signing-keys.ts';
import { verifyAuditLog, type AuditVerification } from '../../src/verification/audit-log.ts';
import type { TrustedKey } from '../../src/verification/signature.ts';
import { budget } from '../budget.ts';
import { cloneOf, copyOf, filesOf, keysIn, makeLog, placesOf, type LogCopy } from '../support/audited-log.ts';
import { keyPair } from '../support/memory-signer.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

/**
 * Every copy is verified as a whole, and most of them have the same checkpoints: the same bytes are held against the same
 * key once. Whatever differs in one bit is verified anew.
 */
vi.mock(import('../../src/contracts/audit-checkpoint.ts'), async (original) => {
  const { isCheckpointBy, keyObjectOf, ...others } = await original();
  const objects = new Map<string, KeyObject | undefined>();
  const known = new Map<KeyObject | undefined, Map<string, boolean>>();
  return {
    ...others,
    keyObjectOf: (jwk) => {
      const name = JSON.stringify(jwk);
      if (!objects.has(name)) objects.set(name, keyObjectOf(jwk));
      return objects.get(name);
    },
    isCheckpointBy: (text, key) => {
      const ofKey = known.get(key) ?? new Map<string, boolean>();
      known.set(key, ofKey);
      const holds = ofKey.get(text) ?? isCheckpointBy(text, key);
      ofKey.set(text, holds);
      return holds;
    },
  };
});

const entries = 1_000;
let whole: LogCopy;
let keys: TrustedKey[];
/** Where each entry stands, those that end a segment among them. */
let places: { name: string; at: number }[];

beforeAll(async () => {
  const world = await makeLog(new VirtualWallClock(), {
    ...{ entries, perCheckpoint: 90, perDay: 300, perKey: 400 },
  });
  [whole, keys] = [copyOf(world), keysIn(world)];
  places = placesOf(whole.segments);
});

const verify = (copy: LogCopy, by: readonly TrustedKey[] = keys): Promise<AuditVerification> =>
  verifyAuditLog(filesOf(copy), by);

test('verifies, over two rotations of the key, with nothing left that nobody signed', async () => {
  const verified = await verify(whole);
  expect(verified).toMatchObject({
    ...{ verdict: 'verified', problems: [], notes: [] },
    ...{ entries: entries + 3, first: 1, last: entries + 3, signedThrough: entries + 3, unsigned: 0 },
  });
  expect(whole.segments.size).toBe(4);
  expect(Object.keys(verified.keys)).toHaveLength(3);
  expect(verified.checkpoints).toBe(13);
});

test('does not verify by the newest key alone, nor as the log of another system or region', async () => {
  const kinds = async (result: Promise<AuditVerification>): Promise<Set<string>> =>
    new Set((await result).problems.map(({ kind }) => kind));
  expect(await kinds(verify(whole, keys.slice(-1)))).toEqual(new Set(['foreign-signature']));
  for (const other of [{ system: 'other' }, { region: 'eastus' }])
    expect(await kinds(verifyAuditLog({ ...filesOf(whole), ...other }, keys))).toEqual(
      new Set(['foreign-beginning', 'not-a-checkpoint']),
    );
});

type Tamper = (copy: LogCopy, entry: number) => void;
const linesAt = (copy: LogCopy, entry: number): { lines: string[]; at: number; name: string } => {
  const { name, at } = places[entry - 1]!;
  return { lines: copy.segments.get(name)!, at, name };
};

/** Everything from an entry on, written anew by somebody who can compute digests and cannot sign. */
function rewriteFrom(copy: LogCopy, entry: number): void {
  let previous = entry === 1 ? '' : digestOfLine(lineOf(copy, entry - 1));
  for (let n = entry; n <= places.length; n += 1) {
    const { lines, at } = linesAt(copy, n);
    const read = JSON.parse(lines[at]!) as AuditEntry;
    const target = n === entry ? `${read.target}, but another` : read.target;
    lines[at] = canonicalJson({ ...read, target, previous: n === 1 ? read.previous : previous });
    previous = digestOfLine(lines[at]);
  }
}

const lineOf = (copy: LogCopy, entry: number): string => {
  const { lines, at } = linesAt(copy, entry);
  return lines[at]!;
};

const foreign = keyPair('a key of somebody else');

/** Signs the checkpoints from an entry on again, over the log as it stands, with a key of one's own. */
function signAnew(copy: LogCopy, entry: number, claimed: string | undefined): void {
  for (const lines of copy.checkpoints.values())
    for (const [at, line] of lines.entries()) {
      const jws = parseCompactJws(line) as CompactJws;
      const payload = JSON.parse(jws.payload) as { sequence: number };
      if (payload.sequence < entry) continue;
      const header = jws.header as { iat: number; kid: string };
      const input = signingInput(
        { alg: 'ES384', iat: header.iat, kid: claimed ?? header.kid, typ: checkpointType },
        canonicalJson({ ...payload, digest: digestOfLine(lineOf(copy, payload.sequence)) }),
      );
      const by = { key: foreign.privateKey, dsaEncoding: 'ieee-p1363' } as const;
      lines[at] = compactJws(input, sign('sha384', Buffer.from(input), by));
    }
  for (const [name, lines] of copy.checkpoints) copy.copies.set(name, [...lines]);
}

const tampers: Readonly<Record<string, readonly [Tamper, readonly AuditProblemKind[]]>> = {
  'edited in its text': [
    (copy, entry) => {
      const { lines, at } = linesAt(copy, entry);
      lines[at] = lines[at]!.replace('"stage":"intent"', '"stage":"outcome"');
    },
    ['changed', 'checkpoint-differs'],
  ],
  'edited in one character': [
    (copy, entry) => {
      const { lines, at } = linesAt(copy, entry);
      const where = (entry * 7_919) % lines[at]!.length;
      const other = lines[at]![where] === '0' ? '1' : '0';
      lines[at] = lines[at]!.slice(0, where) + other + lines[at]!.slice(where + 1);
    },
    [],
  ],
  deleted: [
    (copy, entry) => {
      const { lines, at } = linesAt(copy, entry);
      lines.splice(at, 1);
    },
    ['missing', 'truncated', 'segment'],
  ],
  swapped: [
    (copy, entry) => {
      const one = linesAt(copy, entry);
      const two = linesAt(copy, entry === places.length ? entry - 1 : entry + 1);
      [one.lines[one.at], two.lines[two.at]] = [two.lines[two.at]!, one.lines[one.at]!];
    },
    ['out-of-order'],
  ],
  'duplicated on the spot': [
    (copy, entry) => {
      const { lines, at } = linesAt(copy, entry);
      lines.splice(at, 0, lines[at]!);
    },
    ['duplicate'],
  ],
  'duplicated elsewhere': [
    (copy, entry) => copy.segments.get(places.at(-1)!.name)!.push(lineOf(copy, entry)),
    ['out-of-order', 'duplicate'],
  ],
  'the first to be cut off': [
    (copy, entry) => {
      for (let n = places.length; n >= entry; n -= 1) {
        const { lines, at, name } = linesAt(copy, n);
        lines.splice(at, 1);
        if (lines.length === 0) copy.segments.delete(name);
      }
    },
    ['truncated'],
  ],
  'written anew with all that follow': [rewriteFrom, ['checkpoint-differs']],
  'joined by another of its number': [
    (copy, entry) => {
      const { lines, at } = linesAt(copy, entry);
      const read = JSON.parse(lines[at]!) as AuditEntry;
      lines.splice(at + 1, 0, canonicalJson({ ...read, target: 'another' }));
    },
    ['fork'],
  ],
  'written anew and signed by somebody else': [
    (copy, entry) => {
      rewriteFrom(copy, entry);
      signAnew(copy, entry, thumbprintOf(foreign.jwk));
    },
    ['foreign-signature'],
  ],
  'written anew and signed in our name': [
    (copy, entry) => {
      rewriteFrom(copy, entry);
      signAnew(copy, entry, undefined);
    },
    ['signature'],
  ],
};

/** Some entries, the first and the last of each segment among them. */
function chosen(): number[] {
  const edges = places.flatMap(({ at }, index) => (at === 0 ? [index, index + 1] : []));
  const all = places.map((_, index) => index + 1);
  const step = Math.max(1, Math.floor(all.length / budget.tamperedAuditEntries));
  return [...new Set([...edges, places.length, ...all.filter((n) => n % step === 0)])].filter((n) => n > 0);
}

describe('of which one entry was', () => {
  test.each(Object.entries(tampers))('%s does not verify', async (_, [tamper, kinds]) => {
    for (const entry of chosen()) {
      const copy = cloneOf(whole);
      tamper(copy, entry);
      const { verdict, problems } = await verify(copy);
      expect(verdict, `entry ${entry}`).toBe('not-verified');
      const isOfThese = kinds.length === 0 || problems.some(({ kind }) => kinds.includes(kind));
      expect(isOfThese, `entry ${entry}: ${problems[0]?.kind}`).toBe(true);
      expect(problems[0]?.place).toMatch(/:\d+$|^the beginning of the log$/);
    }
  });
});

describe('of which', () => {
  test('an inner or the first segment is gone does not verify', async () => {
    const names = [...whole.segments.keys()].toSorted();
    for (const name of names) {
      const copy = cloneOf(whole);
      copy.segments.delete(name);
      expect((await verify(copy)).verdict, name).toBe('not-verified');
    }
  });

  test('two segments changed their names does not verify', async () => {
    const copy = cloneOf(whole);
    const [one = '', two = ''] = [...copy.segments.keys()];
    const [first, second] = [copy.segments.get(one)!, copy.segments.get(two)!];
    copy.segments.set(one, second).set(two, first);
    expect((await verify(copy)).problems.map(({ kind }) => kind)).toContain('segment');
  });

  test('the checkpoints were cut, while the copies in the vault were not, does not verify', async () => {
    const copy = cloneOf(whole);
    copy.checkpoints.get([...copy.checkpoints.keys()].at(-1)!)!.pop();
    expect(await verify(copy)).toMatchObject({
      verdict: 'not-verified',
      problems: [{ kind: 'copy-differs' }],
    });
  });

  test('no checkpoint is there is not known to be right, and said to be so', async () => {
    const copy = { ...cloneOf(whole), checkpoints: new Map(), copies: new Map() };
    expect(await verify(copy)).toMatchObject({ verdict: 'unknown', signedThrough: 0, problems: [] });
  });

  test('a line is no entry names that place, and goes on behind it', async () => {
    const copy = cloneOf(whole);
    const { lines, at, name } = linesAt(copy, 17);
    lines[at] = 'nothing';
    const { problems, last } = await verify(copy);
    expect(problems).toEqual([
      {
        kind: 'not-an-entry',
        place: `${name}:17`,
        detail: expect.stringContaining('behind entry 16') as string,
      },
    ]);
    expect(last).toBe(places.length);
  });
});
