/**
 * Which layout do a store's names follow? Candidates are made out of some of the names themselves (a literal beginning,
 * usual folders, a digest in each encoding, a literal end) and counted over all of them. What the names cannot tell is
 * said: digests of one length look alike whatever the algorithm.
 */
import {
  addressEncodings,
  digestBytesOf,
  hashAlgorithms,
  type AddressEncoding,
  type HashAlgorithm,
} from './address-encoding.ts';
import { compileLayout, type CompiledLayout } from './address-layout.ts';
import { problemsOfLayout, type AddressLayout } from './address-template.ts';
import { unsupportedCid } from './unsupported-cid.ts';

/** A name that does not follow a layout, and what it holds instead, if that is a CID of another kind. */
export interface Misfit {
  readonly name: string;
  readonly why?: string;
}

/** How well a layout fits a sample of names. */
export interface LayoutFit {
  readonly layout: AddressLayout;
  /** Other algorithms whose names look the same. */
  readonly alike: readonly HashAlgorithm[];
  readonly fitting: number;
  readonly names: number;
  /** Examples of the names that do not fit. */
  readonly misfits: readonly Misfit[];
  /** Names that do not fit since they hold a CID that cannot be re-hashed. */
  readonly unsupportedCids: number;
}

const folders = [
  ...['{0:1}/', '{0:2}/', '{0:3}/', '{0:4}/', '{0:1}/{1:2}/', '{0:2}/{2:4}/', '{0:3}/{3:6}/', '{0:4}/{4:8}/'],
  ...['{0:1}/{1:2}/{2:3}/', '{0:2}/{2:4}/{4:6}/', '{0:2}/{2:4}/{4:6}/{6:8}/', '{0:1}/{0:2}/', '{0:2}/{0:4}/'],
];
const splits = ['{0:1}/{1:}', '{0:2}/{2:}', '{0:3}/{3:}', '{0:2}/{2:4}/{4:}', '{0:3}/{3:6}/{6:}'];
const cores = ['{digest}', ...folders.map((folder) => `${folder}{digest}`), ...splits];

/** Names out of which candidates are made, candidates that are counted, fits that are handed back, examples of each. */
const [votersAtMost, candidatesAtMost, fitsAtMost, misfitsAtMost] = [200, 24, 5, 5];

/** The layouts that fit the most names, best first; one that fits only names of a better one is left out. */
export function fitLayouts(names: readonly string[]): LayoutFit[] {
  const candidates = candidatesOf(spread(names, votersAtMost))
    .map((layout) => ({ layout, fitting: fittingNames(layout, names) }))
    .toSorted((a, b) => b.fitting.size - a.fitting.size || plainness(a.layout, b.layout));
  const covered = new Set<string>();
  const best: AddressLayout[] = [];
  for (const { layout, fitting } of candidates) {
    if (best.length === fitsAtMost || [...fitting].every((name) => covered.has(name))) continue;
    for (const name of fitting) covered.add(name);
    best.push(layout);
  }
  return best.map((layout) => fitOf(layout, names));
}

/** How well one layout fits the names; the layout must be without problems. */
export function fitOf(layout: AddressLayout, names: readonly string[]): LayoutFit {
  const fitting = fittingNames(layout, names);
  const others = names.filter((name) => !fitting.has(name)).map(misfitOf);
  return {
    layout,
    alike: lookingLike(layout).filter((algorithm) => algorithm !== layout.algorithm),
    fitting: names.length - others.length,
    names: names.length,
    misfits: others.slice(0, misfitsAtMost),
    unsupportedCids: others.filter((one) => one.why !== undefined).length,
  };
}

function misfitOf(name: string): Misfit {
  const why = unsupportedCid(name);
  return why === undefined ? { name } : { name, why };
}

function fittingNames(layout: AddressLayout, names: readonly string[]): Set<string> {
  const { parse, digestBytes } = compileLayout(layout);
  const digest = new Uint8Array(digestBytes);
  return new Set(names.filter((name) => parse(name, digest, 0)));
}

/** Some of the names, from all over the sample. */
function spread(names: readonly string[], count: number): string[] {
  const step = Math.max(1, names.length / count);
  return Array.from(
    { length: Math.min(count, names.length) },
    (_, index) => names[Math.floor(index * step)] ?? '',
  );
}

/** The part of a name that a digest settles, ready to be looked for. */
interface Core {
  readonly layout: AddressLayout;
  readonly compiled: CompiledLayout;
}

let knownCores: readonly Core[] | undefined;

/** Every encoding of every length of digest in every usual folder. */
function allCores(): readonly Core[] {
  knownCores ??= addressEncodings.flatMap((encoding) =>
    hashAlgorithms
      .filter((algorithm) => lookingLike({ algorithm, encoding })[0] === algorithm)
      .flatMap((algorithm) => cores.map((template): AddressLayout => ({ template, algorithm, encoding })))
      .map((layout) => ({ layout, compiled: compileLayout(layout) })),
  );
  return knownCores;
}

/** The algorithms whose digests look the same in an encoding. */
function lookingLike({
  algorithm,
  encoding,
}: Pick<AddressLayout, 'algorithm' | 'encoding'>): HashAlgorithm[] {
  if (encoding === 'cid' || encoding === 'multihash') return [algorithm];
  return hashAlgorithms.filter((other) => digestBytesOf(other) === digestBytesOf(algorithm));
}

/** The layouts that the names themselves suggest, those first that the most names do. */
function candidatesOf(names: readonly string[]): AddressLayout[] {
  const votes = new Map<string, { readonly layout: AddressLayout; count: number }>();
  const common = commonBeginning(names);
  for (const layout of names.flatMap((name) => suggestedBy(name, common))) {
    const key = `${layout.encoding} ${layout.algorithm} ${layout.template}`;
    const vote = votes.get(key) ?? { layout, count: 0 };
    vote.count += 1;
    votes.set(key, vote);
  }
  return [...votes.values()]
    .toSorted((a, b) => b.count - a.count || plainness(a.layout, b.layout))
    .slice(0, candidatesAtMost)
    .map(({ layout }) => withNamedAlgorithm(layout));
}

/** The layouts that one name follows: its digest begins at a border of words, where names cease to be alike, or ends it. */
function suggestedBy(name: string, common: number): AddressLayout[] {
  const borders = Array.from(name, (_, at) => at).filter((at) => isBorder(name, at));
  const digest = new Uint8Array(64);
  return allCores().flatMap(({ layout, compiled: { nameLength, parse } }) =>
    [...new Set([...borders, ...[common, name.length - nameLength].filter((start) => isGlued(name, start))])]
      .filter((start) => isBorder(name, start + nameLength))
      .filter((start) => parse(name.slice(start, start + nameLength), digest, 0))
      .map((start) => ({
        ...layout,
        template: `${name.slice(0, start)}${layout.template}${name.slice(start + nameLength)}`,
      }))
      .filter(({ template }) => problemsOfLayout(template, layout).length === 0),
  );
}

/** Whether no more than a word as people write them stands right before a place: more is of a digest. */
function isGlued(name: string, at: number): boolean {
  return at > 0 && /(?:^|[^A-Za-z0-9])[A-Za-z0-9]{0,12}$/.test(name.slice(Math.max(0, at - 14), at));
}

/** Whether a word may begin or end before the character at a place. */
function isBorder(name: string, at: number): boolean {
  const isWord = (character: string): boolean => /[A-Za-z0-9]/.test(character);
  return at === 0 || at >= name.length || !isWord(name.charAt(at - 1)) || !isWord(name.charAt(at));
}

function commonBeginning(names: readonly string[]): number {
  const first = names[0] ?? '';
  let length = first.length;
  for (const name of names) while (!name.startsWith(first.slice(0, length))) length -= 1;
  return length;
}

/** How little is proven by a name that can be read in an encoding: the first announce themselves, the last is lax. */
const laxity: Record<AddressEncoding, number> = {
  ...{ multihash: 0, cid: 0, hex: 1, 'hex-upper': 1, base32: 1, 'base32-lower': 1, base64url: 2 },
};

/** Orders layouts that fit alike: the encoding that is the least by chance first, then the one with less literal text. */
function plainness(a: AddressLayout, b: AddressLayout): number {
  const encoding = (one: AddressLayout): AddressEncoding => one.encoding ?? 'hex';
  const rank = (one: AddressLayout): number => addressEncodings.indexOf(encoding(one));
  const literal = ({ template }: AddressLayout): number => template.replaceAll(/\{[^}]*\}/g, '').length;
  return (
    laxity[encoding(a)] - laxity[encoding(b)] ||
    wordsOf(a) - wordsOf(b) ||
    rank(a) - rank(b) ||
    literal(a) - literal(b)
  );
}

/** Literal text without separators: what of the digest was taken for literal text counts against a layout. */
function wordsOf({ template }: AddressLayout): number {
  return template.replaceAll(/\{[^}]*\}|[^A-Za-z0-9]/g, '').length;
}

/** The algorithm that the literal text names, of those that look alike; otherwise the usual one. */
function withNamedAlgorithm(layout: AddressLayout): AddressLayout {
  const text = layout.template.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const alike = lookingLike(layout);
  const named =
    alike.find((algorithm) => text.includes(algorithm.replace('-', ''))) ??
    alike.find((algorithm) => text.includes(algorithm.split('-')[0] ?? algorithm));
  return { ...layout, algorithm: named ?? layout.algorithm };
}
