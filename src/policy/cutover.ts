/**
 * Cutovers, decided: what a hook's answer means, which hooks have to be taken back, and what a cutover came to. A hook that
 * was refused did nothing; one whose answer never came may have done its work and is taken back like one that did.
 */

export type HookState = 'done' | 'refused' | 'unknown' | 'not-run';

export interface HookEnd {
  readonly hook: string;
  readonly state: HookState;
  readonly detail: string;
}

/** Statuses by which a host says that it could not do it now: nobody knows what it did. */
const passing: readonly number[] = [408, 425, 429];

/** What the status of an answer says: `unclear` is asked again. */
export function judgeHookStatus(status: number, expected: readonly number[]): 'done' | 'refused' | 'unclear' {
  if (expected.includes(status)) return 'done';
  return status >= 500 || passing.includes(status) ? 'unclear' : 'refused';
}

/** The hooks that did something, or may have: what has to be taken back, in the order in which they ran. */
export const standingHooks = (hooks: readonly HookEnd[]): string[] =>
  hooks.flatMap(({ hook, state }) => (state === 'done' || state === 'unknown' ? [hook] : []));

/** The hooks of a way back: of those that stand the last one first, without those that a person took back by hand. */
export const hooksBack = (standing: readonly string[], without: readonly string[]): string[] =>
  standing.toReversed().filter((hook) => !without.includes(hook));

/** What stands after a way back, whole or not. */
export const stillStanding = (
  standing: readonly string[],
  back: readonly HookEnd[],
  without: readonly string[],
): string[] =>
  standing.filter(
    (hook) => !without.includes(hook) && !back.some((one) => one.hook === hook && one.state === 'done'),
  );

export interface CutoverEvents {
  readonly cancelledBy?: string | undefined;
  readonly refusal?: string | undefined;
  readonly failure?: string | undefined;
  readonly hooks: readonly HookEnd[];
}

export interface CutoverVerdict {
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'refused';
  readonly detail: string;
}

/** Judges a cutover or its way back. */
export function judgeCutover({ cancelledBy, refusal, failure, hooks }: CutoverEvents): CutoverVerdict {
  if (cancelledBy !== undefined) return { outcome: 'cancelled', detail: `cancelled by ${cancelledBy}` };
  if (refusal !== undefined) return { outcome: 'refused', detail: refusal };
  const ran = hooks.filter(({ state }) => state === 'done').map(({ hook }) => hook);
  const wrong = hooks.find(({ state }) => state !== 'done');
  if (failure === undefined && wrong === undefined)
    return { outcome: 'done', detail: `${ran.length} hook(s) done: ${ran.join(', ')}` };
  const why = wrong === undefined ? '' : `${wrong.hook} ${wordOf[wrong.state]}: ${wrong.detail}`;
  const before = ran.length === 0 ? 'no hook was done' : `done: ${ran.join(', ')}`;
  return { outcome: 'failed', detail: `${failure ?? why}; ${before}` };
}

const wordOf: Readonly<Record<HookState, string>> = {
  done: 'done',
  refused: 'was refused',
  unknown: 'gave no answer and may have run',
  'not-run': 'was not run',
};

/** What a cutover is about, as its plan says it. */
export interface CutoverFacts {
  readonly direction: 'over' | 'back';
  readonly databases: readonly {
    readonly database: string;
    readonly source: string;
    readonly server: string;
    /** The source does not stand any more, or does not answer. */
    readonly isGone?: boolean;
    readonly isSilent?: boolean;
  }[];
  readonly hooks: readonly {
    readonly hook: string;
    readonly what: string;
    readonly back: string | undefined;
    /** It acts on a source that does not answer. */
    readonly isUnanswered?: boolean;
  }[];
  readonly without: readonly string[];
  readonly breakGlassAfterSeconds: number | undefined;
  /** Nobody needs to say another word. */
  readonly isApproved: boolean;
}

/** What will happen, one after the other. */
export function cutoverSteps(facts: CutoverFacts): { readonly step: string; readonly what: string }[] {
  const { direction, hooks, without } = facts;
  return [
    { step: 'approve', what: approvalWords(facts) },
    ...beforeBack(facts),
    ...hooks.map(({ hook, what, back, isUnanswered = false }) => ({
      step: `hook ${hook}`,
      what: `${what}${back === undefined ? '' : `; the way back: ${back}`}${isUnanswered ? unanswered(hook) : ''}`,
    })),
    ...without.map((hook) => ({
      step: `without ${hook}`,
      what:
        direction === 'over'
          ? 'is left out: it is a person’s business'
          : 'is left out: a person has taken it back by hand',
    })),
    { step: 'keep', what: keepWords(facts) },
  ];
}

/** A system that is pointed back at a server that does not answer is down. */
function beforeBack({ direction, databases }: CutoverFacts): { step: string; what: string }[] {
  const silent = databases.filter(({ isSilent }) => isSilent === true).map(({ source }) => source);
  if (direction === 'over' || silent.length === 0) return [];
  const what = `${silent.join(', ')} does not answer: start it before, or the system is pointed at a server that is down`;
  return [{ step: 'by hand', what }];
}

const unanswered = (hook: string): string =>
  `. The source does not answer, and the cutover would end here: plan with --without ${hook} to leave this out`;

function approvalWords({ breakGlassAfterSeconds, isApproved }: CutoverFacts): string {
  if (isApproved)
    return 'nobody needs to: the way back was approved with the cutover, which failed in the middle';
  const alone =
    breakGlassAfterSeconds === undefined
      ? 'nobody may go on alone'
      : `where nobody has decided for ${breakGlassAfterSeconds} s one person may go on alone, which is told to everybody`;
  return `another person approves this plan by its digest; ${alone}`;
}

function keepWords({ direction, databases }: CutoverFacts): string {
  const servers = databases.map(({ server }) => server).join(', ');
  const sources = databases
    .map(({ source, isGone }) => (isGone ? `${source}, which is gone,` : source))
    .join(', ');
  const stays = databases.every(({ isGone }) => isGone) ? '' : ' stays as it is, and';
  return direction === 'over'
    ? `${sources}${stays} is what Lifeboat protects until the estate names ${servers}; until then no prune deletes anything`
    : `${servers} stays until a person removes it; what was written to it since the cutover stays in it alone`;
}
