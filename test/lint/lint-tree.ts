/**
 * Lints files in a temporary project that has this project's configuration and rules, so that a test can show what a
 * rule finds without a violation lying in the repository.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
const configuration = ['.oxlintrc.json', 'lint', 'package.json', 'tsconfig.json'];

/** One finding: the rule as oxlint prints it, `lifeboat(no-clock)`, and its line, from 1. */
export interface Finding {
  readonly rule: string;
  readonly line: number;
  readonly message: string;
}

interface Diagnostics {
  readonly diagnostics: readonly {
    readonly message: string;
    readonly code: string;
    readonly filename: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

/** Lints `files` (path → source) with type information; path → findings, with an entry for every file. */
export async function lintTree(
  files: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Finding[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-lint-'));
  try {
    await Promise.all(
      configuration.map((name) => cp(join(root, name), join(folder, name), { recursive: true })),
    );
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    return findingsByFile(Object.keys(files), await runOxlint(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function findingsByFile(paths: readonly string[], { diagnostics }: Diagnostics): Map<string, Finding[]> {
  const findings = new Map<string, Finding[]>(paths.map((path) => [path, []]));
  for (const { filename, code, message, labels } of diagnostics) {
    findings.get(filename)?.push({ rule: code, message, line: labels[0]?.span.line ?? 0 });
  }
  return findings;
}

function runOxlint(folder: string): Promise<Diagnostics> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [oxlint, '-f', 'json'],
      { cwd: folder, maxBuffer: 64_000_000 },
      (error, stdout, stderr) => {
        if (stdout.startsWith('{')) resolve(JSON.parse(stdout) as Diagnostics);
        else reject(new Error(`oxlint gave no report: ${stderr}${stdout}`, { cause: error }));
      },
    );
  });
}
