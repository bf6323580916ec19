/**
 * Every command of every runbook, as a person pastes it: one bash for each page, against the running stack. The code of
 * a block must be 0 and its output what the page promises, unless the table says otherwise. A cycle or drill that
 * several pages ask for in the same words is run once.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSeen, stepsOf, type RunbookStep } from '../../docs/runbook-steps.ts';
import { projectRoot } from '../support/project.ts';
import { addOldVersions, damageOne } from './damage.ts';
import { mostContentAtOnce, region, shared, system } from './shared-stack.ts';

/** What the pages leave to the reader, and what it is on this stack. */
const placeholders: readonly (readonly [RegExp, string])[] = [
  [/^SYSTEM= .*$/gm, `SYSTEM=${system}`],
  [/^REGION= .*$/gm, `REGION=${region}`],
  [/^WHY='' .*$/gm, "WHY='the page is tried'"],
  [/^TABLES= .*$/gm, 'TABLES=unite.case_file'],
  [/^TO= .*$/gm, 'TO=latest'],
  [/^BEFORE= .*$/gm, 'BEFORE=$(date -u +%Y-%m-%dT%H:%M:%S.000Z)'],
  [/^KIND= .*$/gm, 'KIND=snapshot'],
  [/^HOLD= .*$/gm, "HOLD=$(npx lifeboat hold list | grep -o -m 1 'hold-[0-9TZ]*')"],
  [/^(WHO|CLOSED)='' .*$/gm, "$1='a test'"],
  [/lmseus\/documents/g, 'uniteeus/cases'],
];

/** What a page needs before it, of which its blocks are not to be run in their order, and where more than 0 is right. */
interface Page {
  readonly prepare?: () => Promise<void>;
  /** The block with the first text is run after the one with the second. */
  readonly later?: readonly (readonly [string, string])[];
  /** What is waited for before the block with this text; a bash condition. */
  readonly until?: Readonly<Record<string, string>>;
  /** Exit codes of blocks with this text. */
  readonly exits?: Readonly<Record<string, readonly number[]>>;
  /** Promises of blocks with this text that hold only in a state that this stack is not in. */
  readonly notHere?: Readonly<Record<string, readonly string[]>>;
  /** Blocks with one of these texts are run by another test, which is named. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

const isOpen = (key: string): string => `npx lifeboat status --json | grep -q '"key": "${key}"'`;

const pages: Readonly<Record<string, Page>> = {
  // The sample's own backups from before the window are told of: a warning.
  'README.md': { exits: { 'lifeboat doctor': [0, 3] } },
  'ransomware.md': { exits: { 'lifeboat doctor': [0, 3] } },
  // A stack that has just begun has no checkpoint before ten minutes have passed.
  'audit-not-verified.md': { exits: { 'audit verify': [0, 1] } },
  'drill-failed.md': {
    until: {
      'drill reap': `npx lifeboat drill servers --system ${system} | grep -q 'No server of a drill stands'`,
    },
    notHere: { 'arm DELETE': ['HTTP 202'] },
  },
  'prune-blocked.md': { prepare: holdPrune },
  'region-lost.md': { elsewhere: { '--scenario region-lost': 'serving/drill.ts' } },
  'server-lost.md': { elsewhere: { '--scenario server-lost': 'serving/drill.ts' } },
  'store-lost.md': {
    elsewhere: { '--scenario store-lost': 'serving/drill.ts', 'scan run': 'serving/repair.ts' },
  },
  'scan-damage.md': {
    prepare: async () => {
      await damageOne();
      await shared.api.ended(await shared.api.begin('scans', { system }));
    },
    later: [['operation "$RUN" --wait', 'lifeboat approve "${PLAN']],
    until: { '=== "repair")?.digest': isOpen('repair-waiting') },
    exits: { 'scan findings': [0, 2] },
    notHere: { '--verdict unsigned': ['change record {sequence}', '{kind}: {what is wrong}'] },
  },
};

/** A prune that the brake holds: more old versions than may go at once. */
async function holdPrune(): Promise<void> {
  await addOldVersions(mostContentAtOnce + 5);
  const ended = await shared.api.ended<{ outcome: string }>(await shared.api.begin('prunes', { system }));
  expect(ended.outcome, JSON.stringify(ended)).toBe('held');
}

/** Registers a test for each runbook. */
export function runbookTests(): void {
  const files = readdirSync(path.join(projectRoot, 'runbooks')).filter((name) => name.endsWith('.md'));
  // With a backup of the provider's own beside them the oldest of Lifeboat's can give their slots up, unless they are held.
  beforeEach(() =>
    shared.stack.control.ensureAutomaticBackupOfToday(`rg-unite-${region}`, `unite-${region}`),
  );
  afterEach(releaseHolds);
  test.each(files)('every command of runbooks/%s does what the page says', async (file) => {
    const page = pages[file] ?? {};
    await page.prepare?.();
    const own = stepsOf(`runbooks/${file}`).filter(({ text }) => !isElsewhere(text, page));
    const steps = inOrder(own, page.later ?? []).flatMap(withApprover);
    const wrong = (await runAll(steps, page)).flatMap((ended) => problemsOf(ended, page));
    expect(wrong).toEqual([]);
  });
}

/** What a page held keeps nothing from the pages and tests that come after. */
async function releaseHolds(): Promise<void> {
  const { body } = await shared.api.get('holds');
  const approver = shared.stack.api(region, 'approver');
  for (const { id } of (body as { holds: { id: string }[] }).holds)
    await approver.post(`holds/${id}/release`, { reason: 'the page was tried', system });
}

/** Behind a block that prints a line for the approver, the approver: pastes it as it is, then with a reason. */
function withApprover(step: RunbookStep): RunbookStep[] {
  if (!/^APPROVER=/m.test(step.text)) return [step];
  const pasted = `eval "$APPROVER"\neval "$APPROVER 'the plan was read' --as approver"`;
  return [
    step,
    { line: step.line, text: pasted, promised: ['argument missing', 'is approved'], excluded: [] },
  ];
}

function isElsewhere(text: string, { elsewhere = {} }: Page): boolean {
  return Object.keys(elsewhere).some((part) => text.includes(part));
}

function inOrder(steps: readonly RunbookStep[], later: NonNullable<Page['later']>): RunbookStep[] {
  const order = [...steps];
  for (const [moved, after] of later) {
    const from = order.findIndex(({ text }) => text.includes(moved));
    const [step] = order.splice(from, 1);
    const to = order.findIndex(({ text }) => text.includes(after));
    if (step === undefined || to === -1) throw new Error(`no block "${moved}" or "${after}" any more`);
    order.splice(to + 1, 0, step);
  }
  return order;
}

interface EndedStep {
  readonly step: RunbookStep;
  readonly code: number;
  readonly output: string;
}

function problemsOf({ step, code, output }: EndedStep, { exits = {}, notHere = {} }: Page): string[] {
  const [, allowed = [0]] = Object.entries(exits).find(([text]) => step.text.includes(text)) ?? [];
  const [, waived = []] = Object.entries(notHere).find(([text]) => step.text.includes(text)) ?? [];
  const at = `line ${step.line}`;
  return [
    ...(allowed.includes(code) ? [] : [`${at}: exit ${code}: ${output}`]),
    ...step.promised
      .filter((span) => !waived.includes(span) && !isSeen(span, output))
      .map((span) => `${at}: "${span}" is not in: ${output}`),
    ...[...step.excluded, 'STOP,']
      .filter((span) => isSeen(span, output))
      .map((span) => `${at}: "${span}" is in: ${output}`),
  ];
}

const mark = '@@@ block ended';

/** All blocks in one bash, so that each finds what those before it set. */
async function runAll(steps: readonly RunbookStep[], { until = {} }: Page): Promise<EndedStep[]> {
  const script = steps.map(({ text }) => {
    const [, condition] = Object.entries(until).find(([part]) => text.includes(part)) ?? [];
    const wait = condition === undefined ? '' : `until ${condition}; do sleep 0.3; done\n`;
    const own = placeholders.reduce((all, [from, to]) => all.replaceAll(from, to), text);
    return `${wait}${own}\necho "${mark} $?"`;
  });
  const output = await bash(script.join('\n'));
  const parts = output.split(new RegExp(`^${mark} (\\d+)\\n`, 'm'));
  return steps.map((step, index) => ({
    ...{ step, output: parts[2 * index] ?? '', code: Number(parts[2 * index + 1] ?? Number.NaN) },
  }));
}

/** Runs a script in a folder with the estate file, where `npx lifeboat` is the built command. */
async function bash(script: string): Promise<string> {
  const folder = path.join(shared.stack.folder, 'runbooks');
  mkdirSync(path.join(folder, 'bin'), { recursive: true });
  copyFileSync(path.join(projectRoot, 'estate.yaml'), path.join(folder, 'estate.yaml'));
  writeFileSync(path.join(folder, 'bin', 'npx'), shim, { mode: 0o755 });
  writeFileSync(path.join(folder, 'bin', 'lifeboat'), installed, { mode: 0o755 });
  const child = spawn('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    env: {
      ...process.env,
      PATH: `${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      LIFEBOAT_PROFILE: path.join(shared.stack.stateDir, 'profile.json'),
      LIFEBOAT_CLI: path.join(projectRoot, 'dist', 'cli.mjs'),
      KEEP_SECONDS: '0',
      NODE: process.execPath,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}

/** The command as it is where it was installed. */
const installed = '#!/usr/bin/env bash\nexec npx lifeboat "$@"\n';

/** `npx lifeboat`; what takes long and was asked for in the same words before is answered as it was then. */
const shim = `#!/usr/bin/env bash
shift
case "$1 $*" in
  cycle*--wait*|drill*--wait*)
    kept=$(dirname "$0")/kept-$(printf '%s' "$*" | sha256sum | cut -c1-16)
    if [ ! -f "$kept.code" ]; then
      "$NODE" "$LIFEBOAT_CLI" "$@" > "$kept.out" 2>&1
      echo $? > "$kept.code"
    fi
    cat "$kept.out"
    exit "$(cat "$kept.code")" ;;
esac
exec "$NODE" "$LIFEBOAT_CLI" "$@"
`;
