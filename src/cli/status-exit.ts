/**
 * The exit code of `lifeboat status --exit-code`: how a cycle would end by what is known now, and never 0 while a critical
 * alert is open. An alert stands for what no drill, scan or prune of the status says: 2 where it tells of damage or of a
 * log that does not verify, 3 where nothing failed and a person is waited for, 1 for everything else.
 */
import type { StatusResponse, SystemStatus } from '../contracts/api/status.ts';
import { worstExit, type WorkExit } from './outcome.ts';
import { exitCodeFor } from './summary.ts';

type Alert = SystemStatus['alerts'][number];

const exitsOfAlerts: ReadonlyMap<string, WorkExit> = new Map<string, WorkExit>([
  ['scan-damage', 2],
  ['repair-incomplete', 2],
  ['audit-not-verified', 2],
  ['restore-waiting', 3],
  ['restore-break-glass', 3],
  ['cutover-waiting', 3],
  ['cutover-break-glass', 3],
  ['estate-weakened', 3],
]);

/** The code of one open alert; a warning changes none. */
const exitOfAlert = ({ key, severity }: Alert): WorkExit =>
  severity === 'critical' ? (exitsOfAlerts.get(key) ?? 1) : 0;

/** A system that is gone from the estate has an alert that no system of the status shows. */
const exitOfRegion = ({ systems, unprotected = [] }: StatusResponse): WorkExit =>
  worstExit([...systems.flatMap(({ alerts }) => alerts.map(exitOfAlert)), unprotected.length > 0 ? 3 : 0]);

/** The exit code that says how the systems stand now. */
export function exitOfStatus(
  statuses: readonly StatusResponse[],
  options: { readonly unansweredRegions?: number } = {},
): WorkExit {
  return worstExit([exitCodeFor(statuses, options), ...statuses.map(exitOfRegion)]);
}
