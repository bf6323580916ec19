/**
 * What a person's restore came to. Ready only if every server is ready and every planned check passed: a check that
 * could not run leaves a doubt, and a doubt is told, never rounded up.
 */

/** What happened, as far as it is judged. */
export interface RestoreEvents {
  readonly cancelledBy?: string | undefined;
  readonly refusal?: string | undefined;
  readonly failure?: string | undefined;
  readonly servers: readonly { readonly target: string; readonly state: string; readonly detail: string }[];
  readonly checks: readonly {
    readonly id: string;
    readonly status: 'passed' | 'failed' | 'inconclusive' | 'not-run';
    readonly actual: string;
    readonly measured?: Readonly<Record<string, number | string>> | undefined;
  }[];
  /** What was to be erased again. */
  readonly erasures?:
    | readonly {
        readonly database: string;
        readonly due: number;
        readonly applied: number;
        readonly problems: readonly { readonly problem: string }[];
      }[]
    | undefined;
}

export interface RestoreVerdict {
  readonly outcome: 'ready' | 'doubtful' | 'failed' | 'cancelled' | 'refused';
  readonly detail: string;
}

/** Judges a restore. */
export function judgeRestore({
  cancelledBy,
  refusal,
  failure,
  servers,
  checks,
  erasures = [],
}: RestoreEvents): RestoreVerdict {
  if (cancelledBy !== undefined) {
    const left = servers.filter(({ state }) => state === 'left-over');
    const rest = left.map((one) => `; ${one.target} stands: ${one.detail}`).join('');
    return { outcome: 'cancelled', detail: `cancelled by ${cancelledBy}${rest}` };
  }
  if (refusal !== undefined) return { outcome: 'refused', detail: refusal };
  if (failure !== undefined) return { outcome: 'failed', detail: failure };
  const unready = servers.find(({ state }) => state !== 'ready');
  if (unready !== undefined || servers.length === 0)
    return { outcome: 'failed', detail: unready?.detail ?? 'no server was restored' };
  const doubts = checks.filter(({ status }) => status !== 'passed');
  const many = servers.length === 1 ? 'one server' : `${servers.length} servers`;
  const erased = erasuresText(erasures);
  const kept = erasures.find(({ due, applied, problems }) => applied < due || problems.length > 0);
  if (kept !== undefined)
    return {
      outcome: 'doubtful',
      detail: `${many} restored; of ${kept.due} erasures that are due in ${kept.database} ${kept.applied} were applied: ${kept.problems[0]?.problem ?? 'no answer'}`,
    };
  if (doubts.length === 0 && checks.length > 0)
    return {
      outcome: 'ready',
      detail: `${many} restored, ${checks.length} checks passed${erased}${leftToAPerson(checks)}`,
    };
  const said = doubts.map((one) => `${one.id} ${one.status}: ${one.actual}`).slice(0, 5);
  const open = checks.length === 0 ? 'nothing was checked' : said.join('; ');
  return {
    outcome: 'doubtful',
    detail: `${many} restored, ${checks.length - doubts.length} of ${checks.length} checks passed; ${open}`,
  };
}

/** What no restore brings over is found by nobody at night, unless it is told where the restore ends. */
function leftToAPerson(checks: RestoreEvents['checks']): string {
  const left = checks.reduce((sum, { measured }) => sum + Number(measured?.['setByAPerson'] ?? 0), 0);
  return left === 0
    ? ''
    : `; ${left} setting(s) of the source are left to a person: see its check configuration`;
}

function erasuresText(erasures: readonly { readonly applied: number }[]): string {
  const applied = erasures.reduce((sum, one) => sum + one.applied, 0);
  return applied === 0 ? '' : `, ${applied} erasures applied again`;
}
