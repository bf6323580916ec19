/**
 * The watch over the audit logs: settles what callers asked for and nobody said the outcome of, follows each log from its
 * newest checkpoint on, signs one for what came since, and tells where a log does not hold or could not be signed. Doing it
 * twice changes nothing.
 */
import { resolve, raise } from '../activities/alerts.ts';
import { checkpointAudit, type Checkpointed } from '../activities/audit-checkpoints.ts';
import { settleAudit } from '../activities/audit-settlement.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import type { App } from './compose.ts';

/** Looks after the log of every system of this region; returns a line for whatever is wrong. */
export async function watchAudit({ deps, systems }: Pick<App, 'deps' | 'systems'>): Promise<string[]> {
  const lines: string[] = [];
  for (const system of systems) {
    const scope = { system, region: deps.region };
    await settleAudit(deps, scope).catch((thrown: unknown) =>
      lines.push(
        `outcomes in the audit log of ${system} could not be entered: ${failureFrom(thrown).message}`,
      ),
    );
    try {
      const looked = await lookAt(deps, scope);
      await tell(deps, scope, looked);
      lines.push(
        ...looked.problems.map(({ place, detail }) => `the audit log of ${system}, ${place}: ${detail}`),
        ...(looked.unsigned === undefined ? [] : [`the audit log of ${system}: ${looked.unsigned}`]),
      );
    } catch (thrown) {
      lines.push(`the audit log of ${system} could not be looked after: ${failureFrom(thrown).message}`);
    }
  }
  return lines;
}

/** What cannot be read has no checkpoint, which is told like any other reason for that. */
async function lookAt(deps: Dependencies, scope: Scope): Promise<Checkpointed> {
  try {
    return await checkpointAudit(deps, scope);
  } catch (thrown) {
    return { problems: [], unsigned: failureFrom(thrown).message };
  }
}

async function tell(deps: Dependencies, scope: Scope, { problems, unsigned }: Checkpointed): Promise<void> {
  const [first] = problems;
  if (first !== undefined)
    await raise(deps, scope, {
      key: 'audit-not-verified',
      severity: 'critical',
      title: `The audit log of ${scope.system} in ${scope.region} does not verify`,
      detail: `${first.place}: ${first.detail}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}`,
      runbook: 'runbooks/audit-not-verified.md',
    });
  else if (unsigned === undefined) await resolve(deps, scope, 'audit-not-verified');
  if (unsigned !== undefined)
    await raise(deps, scope, {
      key: 'audit-not-signed',
      severity: 'warning',
      title: `The newest entries of the audit log of ${scope.system} in ${scope.region} have no checkpoint`,
      detail: unsigned,
      runbook: 'runbooks/audit-not-verified.md',
    });
  else if (first === undefined) await resolve(deps, scope, 'audit-not-signed');
}
