/** What a plan that waits for a second person would do: in a sentence, and thing by thing. */
import { listWords } from './retention/words.ts';

/** What of a prune's plan is told. */
interface PruneWords {
  readonly items: readonly {
    readonly kind: string;
    readonly decision: string;
    readonly id: string;
    readonly sentence: string;
  }[];
  readonly brake: { readonly sentence: string };
}

const kinds: Readonly<Record<string, string>> = {
  'recovery-point': 'recovery point(s)',
  'blob-snapshot': 'blob snapshot(s)',
  'blob-version': 'earlier blob version(s)',
  'unreferenced-blob': 'blob(s) that nothing refers to',
  'drill-server': 'leaked drill server(s)',
  report: 'report(s)',
  'exported-dump': 'dump(s)',
  'own-document': 'document(s) of its own',
};

export function pruneWords({ items, brake }: PruneWords): string {
  const going = items.filter(({ decision }) => decision === 'expire');
  const counts = [...Map.groupBy(going, ({ kind }) => kind)].map(
    ([kind, alike]) => `${alike.length} ${kinds[kind] ?? kind}`,
  );
  return `deletes ${listWords(counts) || 'nothing'} for good; ${brake.sentence}`;
}

/** Everything that it would delete, one a line. */
export const pruneLines = ({ items }: PruneWords): string[] =>
  items.filter(({ decision }) => decision === 'expire').map(({ id, sentence }) => `${id}: ${sentence}`);

/** What of a repair's plan is told. */
interface RepairWords {
  readonly items: readonly {
    readonly decision: string;
    readonly mode: string;
    readonly store: string;
    readonly name: string;
    readonly sentence: string;
  }[];
}

export function repairWords({ items }: RepairWords): string {
  const waiting = items.filter(({ decision, mode }) => decision === 'repairable' && mode === 'manual');
  const others = items.length - waiting.length;
  const stores = [...new Set(waiting.map(({ store }) => store))];
  const left = others === 0 ? '' : `; ${others} more need no decision or cannot be put right`;
  return `writes ${waiting.length} damaged blob(s) of ${listWords(stores) || 'no store'} anew, each from a copy that hashes to its address${left}`;
}

/** Every blob that was looked at, one a line, with what would become of it. */
export const repairLines = ({ items }: RepairWords): string[] =>
  items.map(({ decision, store, name, sentence }) => `${decision}: ${store}/${name}: ${sentence}`);

/** What of a cutover's plan is told. */
interface CutoverWords {
  readonly system: string;
  readonly direction: 'over' | 'back';
  readonly name: string;
  readonly restore: string;
  readonly hooks: readonly { readonly hook: string }[];
}

export function cutoverWords({ system, direction, name, restore, hooks }: CutoverWords): string {
  const what =
    direction === 'over'
      ? `points ${system} at ${name}, which ${restore} made`
      : `points ${system} back at ${name}`;
  return `${what}, by ${hooks.length} hook(s): ${listWords(hooks.map(({ hook }) => hook)) || 'none'}`;
}

/** What of a restore's plan is told. */
interface RestoreWords {
  readonly system: string;
  readonly name: string;
  readonly point?: string | undefined;
  readonly instant: string;
  readonly loss: { readonly newestHeartbeat?: string | undefined };
  readonly steps: readonly { readonly step: string; readonly what: string }[];
}

export function restoreWords({ system, name, point, instant, loss }: RestoreWords): string {
  const newest = loss.newestHeartbeat ?? 'not known';
  return `restores ${system} to ${point ?? instant} into the new server ${name}; newest heartbeat in it: ${newest}`;
}

/** What it would do, one step after the other. */
export const restoreLines = ({ steps }: Pick<RestoreWords, 'steps'>): string[] =>
  steps.map(({ step, what }) => `${step}: ${what}`);
