/**
 * The documentation agrees with the product: every alert that is raised has its runbook, every link leads somewhere,
 * every command that can be pasted exists, and the options in the README are those that the programs name.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import path from 'node:path';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { usage } from '../../local/supervisor/options.ts';
import { scheduledKinds } from '../../src/app/runs.ts';
import { run } from '../../src/cli/program.ts';
import { playedScenarios } from '../../src/policy/drill-scenarios.ts';
import { stepsOf } from './runbook-steps.ts';
import {
  anchorsOf,
  blocksOf,
  groups,
  linksOf,
  markdownFiles,
  root,
  textOf,
  usesOfCommand,
} from './markdown.ts';

const files = markdownFiles();

function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));
}
const sources = [...sourceFiles('src'), ...sourceFiles('functions')];

/** The files that only define or offer alerts; they raise none of their own. */
const definitions = new Set(['src/activities/alerts.ts', 'src/contracts/drill.ts']);
const raisers = sources.filter(
  (file) => !definitions.has(file) && /\braise\(deps|\braiseAlert\b/.test(textOf(file)),
);

/** Where a key is put together: the words that stand in the source, and the keys that come of it. */
const composed: Readonly<
  Record<string, { readonly words: readonly string[]; readonly keys: readonly string[] }>
> = {
  'src/app/freshness.ts': { words: ['`${kind}-late`'], keys: scheduledKinds.map((kind) => `${kind}-late`) },
  'src/activities/report/tell.ts': {
    words: ['leftBehindKey(target)'],
    keys: ['server-left-behind-{server}'],
  },
  'src/activities/prune/result.ts': {
    words: ["tell('prune-failed',", "tell('prune-held',", "tell('prune-blocked',", "tell('points-changed',"],
    keys: ['prune-blocked', 'prune-failed', 'prune-held', 'points-changed'],
  },
};

/** A key written out, or one put together and named in the table above; anything else is an error here. */
function keysRaisedIn(file: string): string[] {
  const text = textOf(file);
  const literal = [...text.matchAll(/\bkey: '([a-z-]+)'/g)].map(({ 1: key = '' }) => key);
  const more = /^\s*key,$/m.test(text) ? (composed[file]?.keys ?? [`an unknown key of ${file}`]) : [];
  return [...literal, ...more];
}

/** The rows of the table whose first column is code; the code of the first column. */
const firstColumn = (text: string): string[] =>
  [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(({ 1: cell = '' }) => cell);

/** The code of the first column of the index's table that begins with this heading. */
function columnBelow(heading: string): string[] {
  const [, table = ''] = textOf('runbooks/README.md').split(`\n| ${heading} |`);
  return firstColumn(table.split('\n\n')[0] ?? '');
}

const pages = readdirSync(path.join(root, 'runbooks')).filter((name) => name !== 'README.md');

describe('runbooks', () => {
  test('every alert key that the source raises stands in the index, and no other', () => {
    const raised = new Set(raisers.flatMap(keysRaisedIn));
    expect(raised.size).toBeGreaterThan(0);
    expect(columnBelow('alert key').toSorted()).toEqual([...raised].toSorted());
  });

  test('every disaster that a drill plays has a runbook of its name, and no other stands in the index', () => {
    expect(columnBelow('disaster').toSorted()).toEqual([...playedScenarios].toSorted());
    expect(playedScenarios.filter((name) => !existsSync(path.join(root, `runbooks/${name}.md`)))).toEqual([]);
  });

  test.each(pages)('%s has the one form', (page) => {
    const text = textOf(`runbooks/${page}`);
    const parts = {
      'what is set first': /^## Set these first$/m,
      'a decision in one minute': /^## Decide in one minute$/m,
      'commands to paste': /^ *```sh$/m,
      'what should be seen': /^ *You should see /m,
      'how to undo': /\bTo undo\b|^## Undo$/m,
      'whom to call when': /^\| call \| when \|$|^## Whom to call$/m,
    };
    expect(Object.entries(parts).flatMap(([part, form]) => (form.test(text) ? [] : [part]))).toEqual([]);
  });

  test.each(pages)('%s promises something that can be looked for', (page) => {
    expect(
      stepsOf(`runbooks/${page}`).flatMap(({ promised, excluded }) => [...promised, ...excluded]).length,
    ).toBeGreaterThan(0);
  });

  test('every alert key stands in the alerts of the design', () => {
    const [, alerts = ''] = textOf('docs/design.md').split('\n## Alerts\n');
    const table = alerts.split('\n## ')[0] ?? '';
    const named = [...table.matchAll(/`([a-z-]+(?:\{server\})?)`/g)].map(({ 1: key = '' }) => key);
    expect(raisers.flatMap(keysRaisedIn).filter((key) => !named.includes(key))).toEqual([]);
  });

  test.each(Object.entries(composed))(
    'the keys put together in %s are made as this test says',
    (file, { words }) => {
      expect(raisers).toContain(file);
      expect(words.filter((word) => !textOf(file).includes(word))).toEqual([]);
    },
  );

  test('every file that raises an alert names a runbook', () => {
    expect(raisers.filter((file) => !/runbooks\/[\w-]+\.md/.test(textOf(file)))).toEqual([]);
  });

  test('every runbook that the source names exists', () => {
    const named = sources.flatMap((file) =>
      [...textOf(file).matchAll(/runbooks\/[\w-]+\.md/g)].map(([name]) => name),
    );
    expect(named.length).toBeGreaterThan(0);
    expect([...new Set(named)].filter((name) => !existsSync(path.join(root, name)))).toEqual([]);
  });

  test('every runbook stands in the index', () => {
    const linked = linksOf('runbooks/README.md').map((target) => target.split('#')[0]);
    const own = readdirSync(path.join(root, 'runbooks')).filter((name) => name !== 'README.md');
    expect(own.filter((name) => !linked.includes(name))).toEqual([]);
  });
});

describe('links', () => {
  test.each(files)('every relative link and anchor of %s leads somewhere', (file) => {
    const broken = linksOf(file).filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(file, link));
    expect(broken).toEqual([]);
  });
});

function leadsSomewhere(from: string, link: string): boolean {
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? from : path.join(path.dirname(from), target);
  if (!existsSync(path.join(root, file))) return false;
  return anchor === undefined || anchorsOf(file).includes(anchor);
}

describe('what can be pasted', () => {
  const shells = files.filter((file) => blocksOf(file).some(({ language }) => language === 'sh'));

  test.each(shells)('every sh block of %s is correct bash', (file) => {
    const wrong = blocksOf(file)
      .filter(({ language }) => language === 'sh' || language === 'azurecli')
      .map(({ line, text }) => ({ line, said: spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' }) }))
      .filter(({ said }) => said.status !== 0)
      .map(({ line, said }) => `${file}:${line}: ${said.error?.message ?? said.stderr}`);
    expect(wrong).toEqual([]);
  });

  test('every use of the command in the documentation names a command and options that exist', async () => {
    const uses = files.flatMap(usesOfCommand).filter(({ command }) => !command.includes('$'));
    expect(uses.length).toBeGreaterThan(0);
    const helps = new Map<string, string>();
    for (const command of new Set(uses.map((one) => one.command)))
      helps.set(command, await helpOf(...command.split(' ')));
    const isWrong = ({ command, options }: (typeof uses)[number]): boolean => {
      const help = helps.get(command) ?? '';
      return (
        !help.startsWith(`Usage: lifeboat ${command}`) ||
        options.some((option) => !help.includes(`${option} `))
      );
    };
    expect(uses.filter(isWrong).map(({ where }) => where)).toEqual([]);
  });
});

describe('the README', () => {
  const readme = textOf('README.md');

  test('names the options of npm start as its help does', () => {
    const helped = [...usage.matchAll(/^ {2}(--[a-z-]+(?: [A-Z]+)?)  /gm)].map(
      ({ 1: option = '' }) => option,
    );
    expect(helped.length).toBeGreaterThan(0);
    expect(firstColumn(readme).filter((cell) => cell.startsWith('--'))).toEqual(helped);
  });

  test('names every command of lifeboat, and every exit code of its help', async () => {
    const help = await helpOf();
    const listed = commandsIn(help).filter((name) => !groups.has(name));
    for (const group of groups.keys())
      listed.push(...commandsIn(await helpOf(group)).map((name) => `${group} ${name}`));
    expect(listed.length).toBeGreaterThan(5);
    const used = usesOfCommand('README.md').map(({ command }) => command);
    expect(listed.filter((name) => !used.includes(name))).toEqual([]);
    const [, codes = ''] = help.split('Exit codes:');
    const helped = [...codes.matchAll(/(?:^| {2,})(\d+) {1,3}(?=[a-z])/gm)].map(({ 1: code = '' }) => code);
    expect(helped.length).toBeGreaterThan(5);
    const [, section = ''] = readme.split('\n## The command\n');
    const cells = (section.split('\n## ')[0] ?? '').split('\n').flatMap((row) => row.split('|'));
    expect(helped.filter((code) => !cells.some((cell) => cell.trim() === code))).toEqual([]);
  });
});

/** The names below "Commands:" of a help text, without `help` itself. */
function commandsIn(help: string): string[] {
  const [, commands = ''] = help.split('\nCommands:\n');
  const names = [...(commands.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(
    ({ 1: name = '' }) => name,
  );
  return names.filter((name) => name !== 'help');
}

/** The help of a command, written as to a pipe. */
async function helpOf(...command: readonly string[]): Promise<string> {
  let text = '';
  const stdout = { write: (more: string) => (text += more) !== '' };
  const stderr = { write: () => true };
  const places = { cwd: tmpdir(), home: tmpdir() };
  const io = {
    stdout,
    stderr,
    stdin: () => Readable.from([]),
    env: {},
    ...places,
    now: () => DateTime.utc(),
    signal: new AbortController().signal,
  };
  expect(await run([...command, '--help'], io)).toBe(0);
  return text;
}
