/** The project's Markdown as the tests see it: its files, headings, links, fenced blocks and uses of the command. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const notOurs = new Set(['node_modules', 'dist', 'reports']);

/** Every Markdown file of the project, as a path from its root. */
export function markdownFiles(folder = ''): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory())
      return entry.name.startsWith('.') || notOurs.has(entry.name) ? [] : markdownFiles(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

/** The text of a file, by its path from the project's root. */
export const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const fence = /^([ \t]*)```(\S*)[^\n]*\n(.*?)^\1```[ \t]*$/gms;

export interface Block {
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

/** Every fenced block of a file, without the indentation of the list that it stands in. */
export function blocksOf(file: string): Block[] {
  const text = textOf(file);
  return [...text.matchAll(fence)].map(({ 1: indent = '', 2: language = '', 3: inside = '', index }) => ({
    language,
    line: text.slice(0, index).split('\n').length,
    text: inside.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

const withoutBlocks = (file: string): string => textOf(file).replaceAll(fence, '');

/** The anchors that GitHub gives to the headings of a file. */
export function anchorsOf(file: string): string[] {
  const headings = [...withoutBlocks(file).matchAll(/^#{1,6} +(.+?) *$/gm)].map(({ 1: heading = '' }) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  const times = new Map<string, number>();
  return headings.map((anchor) => {
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Where the links of a file lead to, outside fenced blocks and code spans. */
export function linksOf(file: string): string[] {
  const prose = withoutBlocks(file).replaceAll(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(({ 1: target = '' }) => target);
}

/** The commands that have commands of their own, and the one that is meant where none is named. */
export const groups: ReadonlyMap<string, string | undefined> = new Map([
  ['estate', undefined],
  ['scan', 'run'],
  ['repair', 'run'],
  ['hold', undefined],
  ['prune', 'run'],
  ['restore', undefined],
  ['cutover', undefined],
  ['erasure', undefined],
  ['report', 'show'],
  ['drill', 'run'],
  ['audit', undefined],
]);

export interface Usage {
  readonly where: string;
  readonly command: string;
  readonly options: readonly string[];
}

/** Every use of `npx lifeboat` in code spans and fenced blocks: its command and its options. */
export function usesOfCommand(file: string): Usage[] {
  const spans = [...withoutBlocks(file).matchAll(/`([^`]+)`/g)].map(({ 1: text = '' }) => text);
  const texts = [...spans, ...blocksOf(file).map((block) => block.text)];
  return texts.flatMap((text) =>
    [...text.replaceAll(/\\\n/g, ' ').matchAll(/npx\s+lifeboat\s+((?:(?! && |; )[^\n|>)])*)/g)].map(
      ({ 1: rest = '' }) => {
        // The last word may end the text of a variable that holds the command.
        const words = rest
          .replace(/(--[a-z]+)\}$/, '$1')
          .split(/\s+/)
          .filter((word) => word !== '');
        return {
          where: `${file}: npx lifeboat ${rest.trim()}`,
          command: commandOf(words),
          options: words.filter((word) => word.startsWith('--')),
        };
      },
    ),
  );
}

function commandOf([first = '', second]: readonly string[]): string {
  const named = second === undefined || second.startsWith('-') ? groups.get(first) : second;
  return groups.has(first) && named !== undefined ? `${first} ${named}` : first;
}
