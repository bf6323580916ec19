/** What setup decides without touching anything: platform, Node version, which npm, what an npm failure means. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Problem {
  readonly message: string;
  readonly next: string;
}

/** The modules are plain JavaScript, because they run before TypeScript can; these are the parts tested here. */
interface Modules {
  readonly platformProblem: (platform: string, arch: string) => Problem | undefined;
  readonly libcProblem: (
    platform: string,
    report: { header: { glibcVersionRuntime?: string } },
  ) => Problem | undefined;
  readonly nodeVersionProblem: (version: string, lowest: number) => string | undefined;
  readonly lowestNodeMajor: (root: string) => number;
  readonly projectRoot: string;
  readonly findNpm: (
    root: string,
    env: Record<string, string>,
    execPath: string,
  ) => { command: string; prefix: string[]; path: string };
  readonly explainNpmFailure: (output: string) => Problem & { retry: boolean };
}

const load = async (name: string): Promise<Modules> =>
  (await import(new URL(`../../../local/setup/${name}.mjs`, import.meta.url).href)) as Modules;

const { platformProblem, libcProblem } = await load('platform');
const { nodeVersionProblem, lowestNodeMajor, projectRoot } = await load('node-version');
const { findNpm } = await load('npm');
const { explainNpmFailure } = await load('npm-failure');

describe('the platform', () => {
  test.each(['linux x64', 'linux arm64', 'darwin x64', 'darwin arm64'])('%s is supported', (name) => {
    const [platform = '', arch = ''] = name.split(' ');
    expect(platformProblem(platform, arch)).toBeUndefined();
  });

  test.each(['win32 x64', 'linux ia32', 'linux riscv64', 'freebsd x64'])(
    '%s is refused with what is supported',
    (name) => {
      const [platform = '', arch = ''] = name.split(' ');
      expect(platformProblem(platform, arch)?.message).toContain(
        'Supported: Linux with glibc (x64, arm64) and macOS (x64, arm64)',
      );
    },
  );

  test('Windows is sent to WSL', () => {
    expect(platformProblem('win32', 'x64')?.next).toContain('WSL 2');
  });

  test('a Linux without glibc is refused', () => {
    expect(libcProblem('linux', { header: {} })?.message).toContain('needs glibc');
    expect(libcProblem('linux', { header: { glibcVersionRuntime: '2.36' } })).toBeUndefined();
    expect(libcProblem('darwin', { header: {} })).toBeUndefined();
  });
});

describe('the Node version', () => {
  test('the lowest version is the one of package.json', () => {
    expect(lowestNodeMajor(projectRoot)).toBe(20);
  });

  test('an older Node is refused with the version that is needed', () => {
    expect(nodeVersionProblem('v18.20.4', 20)).toMatch(
      /needs Node 20 or newer.*this is Node 18\.20\.4\.\nNext: /,
    );
  });

  test('that version and newer ones pass', () => {
    expect(nodeVersionProblem('v20.0.0', 20)).toBeUndefined();
    expect(nodeVersionProblem('v24.1.0', 20)).toBeUndefined();
  });
});

describe('npm', () => {
  let root: string;
  const files = [
    'node/bin/node',
    'node/bin/npm',
    'project/node_modules/.bin/node',
    'project/node_modules/.bin/npm',
    'given/npm-cli.js',
  ];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lifeboat-npm-'));
    for (const file of files) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), '', { mode: 0o755 });
    }
  });

  afterAll(() => rm(root, { recursive: true, force: true }));

  const find = (env: Record<string, string>, execPath: string): ReturnType<Modules['findNpm']> =>
    findNpm(
      join(root, 'project'),
      { PATH: `${root}/project/node_modules/.bin:${root}/node/bin`, ...env },
      join(root, execPath),
    );

  test('the npm that runs this script is used, with the Node that runs it', () => {
    const found = find({ npm_execpath: join(root, 'given/npm-cli.js') }, 'node/bin/node');
    expect(found).toMatchObject({
      command: join(root, 'node/bin/node'),
      prefix: [join(root, 'given/npm-cli.js')],
    });
  });

  test('npm never runs under the Node of node_modules, nor finds it on its PATH', () => {
    const found = find(
      { npm_execpath: join(root, 'given/npm-cli.js') },
      'project/node_modules/node/bin/node',
    );
    expect(found).toMatchObject({ command: join(root, 'node/bin/node'), path: join(root, 'node/bin') });
  });

  test('another package manager in npm_execpath is not taken for npm', () => {
    expect(find({ npm_execpath: '/opt/yarn/yarn.js' }, 'elsewhere/node')).toMatchObject({
      command: join(root, 'node/bin/npm'),
      prefix: [],
    });
  });

  test('without any npm there is a message', () => {
    expect(() => find({ PATH: '' }, 'elsewhere/node')).toThrow(/npm was not found/);
  });
});

describe('a failure of npm', () => {
  test.each([
    ['npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write', 'The disk is full', false],
    ['npm error code EROFS', 'read-only', false],
    ['npm error code EACCES\nnpm error path /nonexistent\nnpm error errno EACCES', 'may not write', false],
    ['npm error code EUSAGE', 'do not agree', false],
    ['npm error code E401', 'refused this account', false],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'certificate is not trusted', false],
    ['npm error code ENOTFOUND', 'cannot be reached', true],
    ['npm error code EAI_AGAIN', 'cannot be reached', true],
    ['npm error code E404', 'does not have a package', false],
    ['something else', 'could not install', true],
  ])('%j is explained, and tried again only if that can help', (output, message, retry) => {
    const found = explainNpmFailure(output);
    expect(found.message).toContain(message);
    expect(found.retry).toBe(retry);
    expect(found.next).not.toBe('');
  });

  test('npm’s own lines are shown without usage text, log path and stack trace', () => {
    const output = [
      'npm warn old lockfile',
      'npm error code EUSAGE',
      'npm error Missing: left-pad@1.0.0 from lock file',
      'npm error     at Arborist.load (arborist.js:1)',
      'npm error Clean install a project',
      'npm error Usage:',
      'npm error A complete log of this run can be found in: /root/.npm/_logs/x.log',
    ].join('\n');
    expect(explainNpmFailure(output).message).toBe(
      'package.json and package-lock.json do not agree.\n  code EUSAGE\n  Missing: left-pad@1.0.0 from lock file',
    );
  });
});
