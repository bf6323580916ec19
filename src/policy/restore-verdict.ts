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
  /** Of a restore of chosen tables. */
  readonly tables?: TablesEnd | undefined;
}

interface TablesEnd {
  readonly schema: string;
  readonly state: string;
  readonly detail?: string | undefined;
  readonly tables: readonly {
    readonly table: string;
    readonly outcome: 'equal' | 'different' | 'failed' | 'not-run';
    readonly detail: string;
    readonly rows?: number | undefined;
    readonly problems: readonly string[];
  }[];
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
  tables,
}: RestoreEvents): RestoreVerdict {
  if (cancelledBy !== undefined) {
    const left = servers.filter(({ state }) => state === 'left-over');
    const stands = left.map((one) => `; ${one.target} stands: ${one.detail}`);
    const side = tables?.state === 'left-over' ? `; ${tables.schema} may stand: ${tables.detail ?? ''}` : '';
    const rest = `${stands.join('')}${side}`;
    return { outcome: 'cancelled', detail: `cancelled by ${cancelledBy}${rest}` };
  }
  if (refusal !== undefined) return { outcome: 'refused', detail: refusal };
  if (failure !== undefined) return { outcome: 'failed', detail: failure };
  if (tables !== undefined) return judgeTables(tables, servers, checks);
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

/** Ready only if every table is equal and whole, every check passed, and the server that they came from is gone. */
function judgeTables(
  { schema, state, detail, tables }: TablesEnd,
  servers: RestoreEvents['servers'],
  checks: RestoreEvents['checks'],
): RestoreVerdict {
  const equal = tables.filter(({ outcome }) => outcome === 'equal');
  const copied = tables.filter(({ outcome }) => outcome === 'equal' || outcome === 'different');
  const troubles = [
    ...tables.filter(({ outcome }) => outcome !== 'equal').map((one) => `${one.table}: ${one.detail}`),
    ...tables.flatMap(({ table, problems }) => problems.map((problem) => `${table}: ${problem}`)),
    ...(state === 'left-over' ? [`${schema} may stand: ${detail ?? ''}`] : []),
    ...servers.filter((one) => one.state === 'left-over').map((one) => `${one.target} stands: ${one.detail}`),
    ...checks
      .filter(({ status }) => status !== 'passed')
      .map((one) => `${one.id} ${one.status}: ${one.actual}`),
    ...(checks.length === 0 ? ['nothing was checked'] : []),
  ];
  const rows = equal.reduce((sum, one) => sum + (one.rows ?? 0), 0);
  const said = `${equal.length} of ${tables.length} tables with ${rows} rows in ${schema}`;
  const open = troubles.slice(0, 5).join('; ');
  if (copied.length === 0) return { outcome: 'failed', detail: `no table was carried over: ${open}` };
  if (troubles.length > 0) return { outcome: 'doubtful', detail: `${said}; ${open}` };
  return { outcome: 'ready', detail: `${said}, each row as restored; ${checks.length} checks passed` };
}

function erasuresText(erasures: readonly { readonly applied: number }[]): string {
  const applied = erasures.reduce((sum, one) => sum + one.applied, 0);
  return applied === 0 ? '' : `, ${applied} erasures applied again`;
}
