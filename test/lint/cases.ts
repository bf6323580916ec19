/** Sources that break one of the project's own rules, and sources that look alike and keep to it. */

/** A file of a temporary project; `about` completes the test's title. */
export interface Case {
  readonly rule: string;
  readonly about: string;
  readonly path: string;
  readonly source: string;
}

/** Cases of one rule in one folder, from `about` → source; each becomes a file of its own. */
const casesOf = (rule: string, folder: string, sources: Readonly<Record<string, string>>): Case[] =>
  Object.entries(sources).map(([about, source]) => {
    const name = about.replace(/[^a-z0-9]+/gi, '-');
    return { rule, about: `${about} in ${folder}`, path: `${folder}/${rule}-${name}.ts`, source };
  });

const luxon = "import { DateTime } from 'luxon';\n";
const durable = "import type { OrchestrationContext } from 'durable-functions';\n";
const workflow = (body: string): string =>
  `${durable}export function* work(ctx: OrchestrationContext): Generator<unknown> {\n  ${body}\n  yield ctx.df;\n}`;

/** Sources in which exactly the named rule finds something. */
export const violations: readonly Case[] = [
  ...casesOf('workflow-determinism', 'src/workflows', {
    'an async function': 'export async function work(): Promise<void> {}',
    'an async arrow': 'export const work = async (): Promise<void> => {};',
    'an async method': 'export class Work {\n  async run(): Promise<void> {}\n}',
    await: 'await 1;',
    'for await': 'for await (const one of [1]) one.toFixed();',
    'Date.now': 'export const at = (): number => Date.now();',
    'Date.now not called': 'export const clock = Date.now;',
    'new Date': 'export const at = (): Date => new Date();',
    'Date called': 'export const at = (): string => Date();',
    'Math.random': 'export const chance = (): number => Math.random();',
    'DateTime.now': `${luxon}export const at = DateTime.now();`,
    'DateTime.utc without instant': `${luxon}export const at = DateTime.utc();`,
    'DateTime.local without instant': `${luxon}export const at = DateTime.local({ zone: 'utc' });`,
    diffNow: `${luxon}export const age = (at: DateTime): number => at.diffNow().as('days');`,
    setTimeout: 'setTimeout(() => undefined, 1);',
    setInterval: 'setInterval(() => undefined, 1);',
    setImmediate: 'setImmediate(() => undefined);',
    queueMicrotask: 'queueMicrotask(() => undefined);',
    process: "export const region = (): string | undefined => process.env['REGION'];",
    fetch: "export const get = (): unknown => fetch('https://example.org');",
    crypto: 'export const id = (): string => crypto.randomUUID();',
    performance: 'export const at = (): number => performance.now();',
    console: "export const say = (): void => console.log('again on each replay');",
    globalThis: "export const region = (): unknown => globalThis['process'];",
    'a Promise': 'export const all = (): unknown => Promise.all([]);',
    'a built-in module': "import { randomUUID } from 'node:crypto';\nexport const id = randomUUID;",
    'a built-in module without prefix':
      "import { readFileSync } from 'fs';\nexport const read = readFileSync;",
    'a dynamic import': "export const load = (): unknown => import('../policy/x.ts');",
    'for-in': 'export const keys = (value: object): void => {\n  for (const key in value) key.trim();\n};',
    callHttp: workflow("ctx.df.callHttp({ method: 'GET', url: 'https://example.org' });"),
    'callHttp of a destructured df': workflow('const { df } = ctx;\n  df.callHttp;'),
    'callHttp destructured': workflow('const { callHttp } = ctx.df;\n  callHttp;'),
    lock: workflow("ctx.df['lock' as never];"),
    'lock by name': workflow('(ctx.df as never).lock;'),
    'lock of a destructured df': workflow('const { df } = ctx;\n  df.lock();'),
    'lock destructured': workflow('const { lock } = ctx.df;\n  lock;'),
    'lock destructured twice': workflow('const { df: { lock } } = ctx;\n  lock;'),
    logging: workflow("ctx.log('again on each replay');"),
    'a destructured log': workflow('const { log } = ctx;\n  log;'),
    'a destructured parameter': `${durable}export function* work({ df, log }: OrchestrationContext): Generator<unknown> {\n  log;\n  yield df;\n}`,
    'a variable of the module': 'let count = 0;\nexport const next = (): number => (count += 1);',
    'an exported variable of the module': 'export let count = 0;',
  }),
  ...casesOf('import-direction', 'functions', {
    'an activity': "import '../src/activities/snapshot.ts';",
    'an adapter': "import '../src/azure/vault.ts';",
    'the embedded stack': "import '../local/postgres/cluster.ts';",
    'test code': "import '../test/budget.ts';",
    'a benchmark': "import '../bench/scan.ts';",
    'another Azure package': "import '@azure/storage-blob';",
    zod: "import 'zod';",
  }),
  ...casesOf('import-direction', 'src/app', {
    'a workflow': "import '../workflows/cycle.ts';",
    'the functions': "import '../../functions/app.ts';",
    pg: "import 'pg';",
    'a computed import': 'export const load = (name: string): unknown => import(name);',
    'an absolute path': "import '/srv/module.ts';",
  }),
  ...casesOf('import-direction', 'src/activities', {
    'an adapter': "import { vault } from '../azure/vault.ts';\nexport const used = vault;",
    'a type of an adapter': "import type { Vault } from '../azure/vault.ts';\nexport type Used = Vault;",
    'a type imported in place': "export type Used = import('../azure/vault.ts').Vault;",
    'a re-export': "export { vault } from '../azure/vault.ts';",
    'a re-export of all': "export * from '../azure/vault.ts';",
    'a dynamic import': "export const load = (): unknown => import('../azure/vault.ts');",
    'an Azure package': "import '@azure/storage-blob';",
    'durable-functions': "import 'durable-functions';",
    'zod at run time': "import { z } from 'zod';\nexport const used = z;",
  }),
  ...casesOf('import-direction', 'src/workflows', {
    'a port': "import '../ports/vault.ts';",
    'an activity': "import '../activities/snapshot.ts';",
  }),
  ...casesOf('import-direction', 'src/azure', { 'an activity': "import '../activities/snapshot.ts';" }),
  ...casesOf('import-direction', 'src/ports', {
    'an adapter': "import '../azure/vault.ts';",
    pg: "import 'pg';",
  }),
  ...casesOf('import-direction', 'src/contracts', { 'a port': "import '../ports/vault.ts';" }),
  ...casesOf('import-direction', 'src/policy', {
    'a contract': "import '../contracts/drill.ts';",
    'a package': "import 'p-map';",
    'a built-in module': "import 'node:fs';",
    zod: "import type { z } from 'zod';\nexport type Used = z.ZodType;",
  }),
  ...casesOf('import-direction', 'src/cli', {
    'an activity': "import '../activities/snapshot.ts';",
    'an adapter': "import '../azure/vault.ts';",
  }),
  ...casesOf('import-direction', 'src/web', { 'the app': "import '../app/configuration.ts';" }),
  ...casesOf('import-direction', 'src/unheard-of', {
    'anything from a folder that is no layer': "import '../policy/x.ts';",
  }),
  ...casesOf('import-direction', 'local', { 'an adapter': "import '../src/azure/vault.ts';" }),
  ...casesOf('no-clock', 'src/activities', {
    'Date.now': 'export const at = (): number => Date.now();',
    'Date.now of globalThis': 'export const at = (): number => globalThis.Date.now();',
    'new Date': 'export const at = (): Date => new Date();',
    'DateTime.now': `${luxon}export const at = DateTime.now();`,
    'DateTime.utc without instant': `${luxon}export const at = DateTime.utc();`,
    'DateTime.local without instant': `${luxon}export const at = DateTime.local();`,
    'toRelative without base': `${luxon}export const age = (at: DateTime): string | null => at.toRelative();`,
  }),
  ...casesOf('no-clock', 'functions', { 'new Date': 'export const at = (): Date => new Date();' }),
  ...casesOf('no-local-branch', 'src/azure', {
    'a variable isLocal': 'export const isLocal = true;',
    'a constant IS_LOCAL': 'export const IS_LOCAL = true;',
    'a variable isLocalStack': 'export const isLocalStack = true;',
    'a setting': "export const local = process.env['LIFEBOAT_LOCAL'];",
    'the word Azurite': "export const text = 'Azurite is running';",
    'a loopback address': "export const url = 'https://127.0.0.1:10000';",
    'a loopback name in a template':
      'export const url = (port: number): string => `https://localhost:${port}`;',
    'a pattern': 'export const pattern = /^localhost/;',
  }),
  ...casesOf('no-local-branch', 'functions', { 'a loopback name': "export const host = 'localhost';" }),
];

/** Sources in which none of the project's own rules finds anything. */
export const cleanCases: readonly Case[] = [
  ...casesOf('workflow-determinism', 'src/workflows', {
    'a plain workflow': `${durable}import { DateTime } from 'luxon';
import { drillInput } from '../contracts/drill.ts';
export function* work(ctx: OrchestrationContext): Generator<unknown, string, unknown> {
  const input = drillInput.parse(ctx.df.getInput());
  const now = DateTime.fromJSDate(ctx.df.currentUtcDateTime, { zone: 'utc' });
  yield ctx.df.callActivity('snapshot', input);
  yield ctx.df.createTimer(new Date(now.plus({ seconds: 5 }).toMillis()));
  for (const one of Object.keys(input)) yield ctx.df.callActivity('check', one);
  return DateTime.utc(2026, 1, 1).toISO() ?? '';
}`,
    'names that only look like globals': `interface Step { readonly process: string }
export const processOf = (step: Step): string => step.process;
export function run(fetch: () => number, crypto: { readonly performance: number }): number {
  return fetch() + crypto.performance;
}`,
    'the type Promise': 'export type Later = Promise<string>;',
    'a constant of the module': 'const phases = [1, 2];\nexport const count = phases.length;',
  }),
  ...casesOf('workflow-determinism', 'src/activities', {
    'all this elsewhere': 'export const work = async (): Promise<number> => Math.random();',
  }),
  ...casesOf('import-direction', 'functions', {
    'what it may':
      "import '@azure/functions';\nimport 'durable-functions';\nimport '../src/app/compose.ts';\nimport '../src/workflows/cycle.ts';\nimport './heartbeat.ts';",
  }),
  ...casesOf('import-direction', 'src/app', {
    'what it may':
      "import 'zod';\nimport 'yaml';\nimport '@azure/identity';\nimport '../activities/a.ts';\nimport '../azure/a.ts';\nimport './b.ts';",
  }),
  ...casesOf('import-direction', 'src/azure', {
    'what it may':
      "import 'pg';\nimport '@azure/storage-blob';\nimport 'node:fs';\nimport '../ports/a.ts';\nimport '../policy/a.ts';",
  }),
  ...casesOf('import-direction', 'src/activities', {
    'a type of zod': "import type { z } from 'zod';\nexport type Used = z.ZodType;",
  }),
  ...casesOf('import-direction', 'src/contracts', {
    'what it may': "import 'zod';\nimport '../policy/a.ts';",
  }),
  ...casesOf('import-direction', 'src/policy', { 'what it may': "import 'luxon';\nimport './a.ts';" }),
  ...casesOf('import-direction', 'src/cli', {
    'what it may': "import 'commander';\nimport '../contracts/a.ts';",
  }),
  ...casesOf('import-direction', 'local', {
    'what it may':
      "import '../src/contracts/a.ts';\nimport '../src/cli/a.ts';\nimport '../build.ts';\nimport 'pg';\nimport './postgres/a.ts';",
  }),
  ...casesOf('import-direction', 'test', {
    everything: "import '../src/azure/a.ts';\nimport '../local/a.ts';\nimport 'pg';",
  }),
  {
    rule: 'no-clock',
    about: 'the clock itself',
    path: 'src/azure/clock.ts',
    source: 'export const now = (): Date => new Date();',
  },
  ...casesOf('no-clock', 'src/policy', {
    'instants that are given': `${luxon}export const at = DateTime.utc(2026, 1, 2);\nexport const on = new Date(0);\nexport const age = (a: DateTime, b: DateTime): string | null => a.toRelative({ base: b });`,
  }),
  ...casesOf('no-clock', 'local', { 'the clock elsewhere': 'export const at = (): number => Date.now();' }),
  ...casesOf('no-local-branch', 'src/policy', {
    'words that only begin alike':
      "export const isLocalized = true;\nexport const isLocallyRedundant = true;\nexport const local = 'local time';",
  }),
  ...casesOf('no-local-branch', 'local', { 'the stack itself': "export const host = 'localhost';" }),
];
