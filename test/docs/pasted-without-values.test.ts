/**
 * A runbook that is pasted as it stands, before anything was filled in: no command is run with an empty word, nothing is
 * said in the reader's name, and whatever a block cannot do it says.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf, root, textOf } from './markdown.ts';

const pages = readdirSync(path.join(root, 'runbooks'))
  .filter((name) => name.endsWith('.md') && name !== 'README.md')
  .map((name) => `runbooks/${name}`);

/** What the blocks call: each says with which words, and answers nothing. */
const programs = ['npx', 'curl', 'node'];
const program = `#!/bin/sh
for word in "$@"; do
  if [ -z "$word" ]; then echo "EMPTY WORD: $(basename "$0") $*" >&2; fi
done
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lifeboat-pasted-'));
  for (const name of programs) {
    writeFileSync(path.join(folder, name), program);
    chmodSync(path.join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Pastes a page into one interactive bash, which goes on behind a line that it could not do; what it said. */
function pasted(texts: readonly string[]): string {
  const { PATH = '' } = process.env;
  const options = {
    cwd: folder,
    // In a session of its own: an interactive bash would take the terminal that the tests run in.
    detached: true,
    env: { PATH: `${folder}:${PATH}`, PS1: '', PS2: '' },
    input: `exec 2>&1\n${texts.join('\n')}\n`,
    encoding: 'utf8' as const,
  };
  const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-i'], options);
  return `${stdout}${stderr}`;
}

const shellBlocks = (page: string): string[] =>
  blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text);

describe('a runbook that is pasted before anything is filled in', () => {
  test.each(pages)('%s stops, and runs nothing with an empty word', (page) => {
    const said = pasted(shellBlocks(page));
    expect(said).toMatch(/SYSTEM: STOP/);
    expect(said.split('\n').filter((line) => line.includes('EMPTY WORD'))).toEqual([]);
  });

  test.each(pages)('%s names no system and no region in their place', (page) => {
    const set = shellBlocks(page).flatMap((text) => text.match(/^\s*(?:SYSTEM|REGION)=.*$/gm) ?? []);
    expect(set).toEqual(['SYSTEM= # as listed', 'REGION= # as listed']);
  });

  test.each(pages)('%s gives no reason in the reader’s place', (page) => {
    const reasons = [...textOf(page).matchAll(/--(?:reason|by)\s+(\S+)/g)].map(({ 1: word = '' }) => word);
    expect(reasons.filter((word) => /^["'][^$]/.test(word))).toEqual([]);
  });
});
