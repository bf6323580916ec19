/**
 * What is measured: each row is a load, served by one or more sites, its contenders, and the goals that ours have to
 * meet beside them. Goals are about the scan as shipped unless they name another.
 */
import { availableParallelism } from 'node:os';
import type { Contender } from './contenders.ts';
import type { SitePlan } from './sites.ts';
import type { RcloneVersion } from './tools.ts';

export interface Entry {
  readonly label: string;
  /** A key of the row's sites. */
  readonly site: string;
  readonly contender: Contender;
}

export type Figure = 'cpu' | 'wall' | 'peak' | 'cpuPerBlob';

/** At most so many times the best of the peers, in each pair; without peers: at most so much. */
export interface Goal {
  readonly ours: string;
  readonly peers: readonly string[];
  /** Whose figure is what starting our process costs; told beside the value, which has it in it. */
  readonly start?: string;
  readonly figure: Figure;
  readonly atMost: number;
  readonly reach?: number;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly sites: Readonly<Record<string, SitePlan>>;
  readonly entries: readonly Entry[];
  readonly goals: readonly Goal[];
}

const cores = availableParallelism();
const kibibyte = 1_024;
/** Blobs read at once wherever rclone is told a number too; and where an estate file says nothing of it. */
const [concurrency, usualConcurrency] = [64, 128];

const shipped = 'scan as shipped';
const start = 'scan as shipped, of a single blob';
const engineOne = 'engine, 1 thread';
const engineAll = `engine, ${cores} threads`;
const floor = 'C floor';
const rcloneWide = 'rclone, 16 at once';
const rcloneLean = 'rclone, 4 at once';
const wideFlags = ['--transfers', '16', '--checkers', '16', '--fast-list'];
const leanFlags = ['--transfers', '4', '--checkers', '4', '--fast-list', '--buffer-size', '1M'];

const engine = (threads: number, isHashing = true): Contender => ({
  kind: 'engine',
  ...{ threads, concurrency, isHashing },
});
const entry = (label: string, contender: Contender, site = 'site'): Entry => ({ label, site, contender });
const scan = (mode: 'full' | 'known-bad' = 'full', atOnce = concurrency): Contender => ({
  kind: 'shipped',
  ...{ mode, concurrency: atOnce },
});
const rclone = (flags: readonly string[], task: 'checksum' | 'size' = 'checksum'): Contender => ({
  kind: 'rclone',
  ...{ task, flags },
});

/** The deployed scan runs in a process that is there already: what its start costs here is told of each goal. */
const startEntry = entry(start, scan(), 'one');
const startSite: SitePlan = { kind: 'made-up', blobs: 1, bytesEach: kibibyte };

const goal = (peers: readonly string[], figure: Figure, atMost: number, reach?: number): Goal => ({
  ...{ ours: shipped, peers, start, figure, atMost },
  ...(reach === undefined ? {} : { reach }),
});
const againstRclone = (figure: Figure, atMost: number, reach?: number): Goal =>
  goal([rcloneWide, rcloneLean], figure, atMost, reach);

/** The rows. An rclone with a slow SHA-256 is easier to beat, so the goals against its processor time tighten. */
export function allRows({ isSlow }: RcloneVersion): readonly Row[] {
  const [small, large] = isSlow ? [0.21, 0.4] : [0.3, 0.85];
  return [
    blobsRow('small', 'small blobs: 20,000 × 4–64 KiB, nginx', [
      againstRclone('cpu', small, isSlow ? undefined : 0.25),
      againstRclone('wall', 0.4),
      goal([floor], 'cpu', 1.5, 1.35),
    ]),
    blobsRow('large', 'large blobs: 100 × 32 MiB, nginx', [
      againstRclone('cpu', large, isSlow ? undefined : 0.75),
      againstRclone('wall', 0.85),
      goal([floor], 'cpu', 1.05),
    ]),
    tinyRow(),
    listingRow('list-200k', 200_000),
    listingRow('list-1m', 1_000_000),
    tlsRow('tls-small', 'small', small),
    tlsRow('tls-large', 'large', large),
    latencyRow(),
    memoryRow(),
    threadsRow('threads-small', 'small'),
    threadsRow('threads-large', 'large'),
  ];
}

function blobsRow(corpus: 'small' | 'large', title: string, goals: readonly Goal[]): Row {
  return {
    ...{ id: corpus, title, goals },
    sites: { site: { kind: 'nginx', corpus, isSecure: false }, one: startSite },
    entries: [
      entry(floor, { kind: 'floor', isSecure: false }),
      entry(engineOne, engine(1)),
      entry(engineAll, engine(cores)),
      entry(shipped, scan()),
      startEntry,
      entry(rcloneWide, rclone(wideFlags)),
      entry(rcloneLean, rclone(leanFlags)),
    ],
  };
}

function tinyRow(): Row {
  return {
    id: 'tiny',
    title: '1 KiB blobs: 200,000, store server',
    sites: { site: { kind: 'made-up', blobs: 200_000, bytesEach: kibibyte }, one: startSite },
    entries: [
      entry(floor, { kind: 'floor', isSecure: false }),
      entry(engineOne, engine(1)),
      entry(shipped, scan()),
      startEntry,
      entry(rcloneWide, rclone(wideFlags)),
    ],
    goals: [goal([rcloneWide], 'cpu', 0.08)],
  };
}

function listingRow(id: string, blobs: number): Row {
  const size = 'rclone size';
  return {
    id,
    title: `listing: ${blobs.toLocaleString('en')} entries, store server`,
    sites: { site: { kind: 'made-up', blobs, bytesEach: kibibyte }, one: startSite },
    entries: [
      entry(engineOne, engine(1, false)),
      entry(shipped, scan('known-bad')),
      startEntry,
      entry(size, rclone(['--fast-list'], 'size')),
    ],
    goals: [goal([size], 'cpu', 0.05)],
  };
}

function tlsRow(id: string, corpus: 'small' | 'large', atMost: number): Row {
  return {
    id,
    title: `TLS 1.3: the ${corpus} blobs, nginx`,
    sites: { site: { kind: 'nginx', corpus, isSecure: true }, one: startSite },
    entries: [
      entry(floor, { kind: 'floor', isSecure: true }),
      entry(engineOne, engine(1)),
      entry(shipped, scan()),
      startEntry,
      entry(rcloneWide, rclone(wideFlags)),
      entry(rcloneLean, rclone(leanFlags)),
    ],
    goals: [againstRclone('cpu', atMost)],
  };
}

function latencyRow(): Row {
  const [equal, usual] = [`rclone, ${concurrency} at once`, 'rclone, its defaults'];
  const ours = `${shipped}, its defaults (${usualConcurrency})`;
  const flags = ['--transfers', String(concurrency), '--checkers', String(concurrency), '--fast-list'];
  return {
    id: 'latency',
    title: 'latency: the small blobs, 8 ms to the first byte, store server',
    sites: { site: { kind: 'delayed', corpus: 'small', delayMicroseconds: 8_000 }, one: startSite },
    entries: [
      entry(engineOne, engine(1)),
      entry(shipped, scan()),
      entry(ours, scan('full', usualConcurrency)),
      startEntry,
      entry(equal, rclone(flags)),
      entry(usual, rclone([])),
    ],
    goals: [goal([equal], 'wall', 0.8), { ...goal([usual], 'wall', 0.1), ours }],
  };
}

/** Peak memory, and what a blob costs, as the store grows; a store of one shard would never load the storage library. */
function memoryRow(): Row {
  const shippedScan: Contender = { kind: 'shipped', mode: 'full', concurrency, hasLibrary: true };
  const of = (blobs: number): SitePlan => ({ kind: 'made-up', blobs, bytesEach: kibibyte });
  return {
    id: 'memory',
    title: 'memory: 20,000 to 1,000,000 blobs of 1 KiB, store server',
    sites: { few: of(20_000), more: of(200_000), many: of(1_000_000) },
    entries: [
      entry('engine, 20,000', engine(1), 'few'),
      entry('engine, 200,000', engine(1), 'more'),
      entry('engine, 1,000,000', engine(1), 'many'),
      entry('shipped, 20,000', shippedScan, 'few'),
      entry('shipped, 200,000', shippedScan, 'more'),
      entry('shipped, 1,000,000', shippedScan, 'many'),
    ],
    goals: [
      { ours: 'engine, 1,000,000', peers: [], figure: 'peak', atMost: 120 },
      { ours: 'engine, 1,000,000', peers: ['engine, 20,000'], figure: 'peak', atMost: 1.15 },
      { ours: 'shipped, 1,000,000', peers: [], figure: 'peak', atMost: 220 },
      { ours: 'shipped, 1,000,000', peers: ['shipped, 20,000'], figure: 'peak', atMost: 1.15 },
      { ours: 'engine, 1,000,000', peers: ['engine, 200,000'], figure: 'cpuPerBlob', atMost: 1.1 },
      { ours: 'shipped, 1,000,000', peers: ['shipped, 200,000'], figure: 'cpuPerBlob', atMost: 1.1 },
    ],
  };
}

/** On several cores threads have to gain time; on one they must lose none against an engine without a thread. */
function threadsRow(id: string, corpus: 'small' | 'large'): Row {
  const [none, one] = ['engine, no thread', 'engine, 1 thread'];
  const [noneOnOne, oneOnOne] = ['engine, no thread, on 1 core', 'engine, 1 thread, on 1 core'];
  return {
    id,
    title: `threads: the ${corpus} blobs, nginx`,
    sites: { site: { kind: 'nginx', corpus, isSecure: false } },
    entries: [
      entry(none, engine(0)),
      entry(one, engine(1)),
      entry(engineAll, engine(cores)),
      entry(noneOnOne, { ...engine(0), kind: 'engine', onOneCore: true } as Contender),
      entry(oneOnOne, { ...engine(1), kind: 'engine', onOneCore: true } as Contender),
    ],
    goals: [
      ...(cores > 1 ? [{ ours: engineAll, peers: [one], figure: 'wall' as const, atMost: 0.9 }] : []),
      { ours: oneOnOne, peers: [noneOnOne], figure: 'wall', atMost: 1.1 },
      { ours: oneOnOne, peers: [noneOnOne], figure: 'cpu', atMost: 1.1 },
    ],
  };
}
