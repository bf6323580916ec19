/**
 * Whether a person's restore into a server was permitted: by the word of another person than the one who asked for it, on
 * the plan that names the server, or by the order to go on alone, given no earlier than that plan allows.
 */
import type { RestorePlan } from '../../src/contracts/restore-plan.ts';
import type { RestorePermit, RestoreRequest } from '../../src/contracts/restore-request.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope } from '../world/world.ts';

/** What of the vault is looked at. */
interface Documents {
  list(prefix: string): readonly string[];
  text(path: string): string | undefined;
}

/** Looks for a permit whose plan restores into the server. */
export function isPermitted(vault: Documents, server: string): boolean {
  return vault
    .list(vaultPaths.restores(scope))
    .filter((path) => path.endsWith('/permit.json'))
    .some((path) => {
      const permit = JSON.parse(vault.text(path) ?? '') as RestorePermit;
      const request = read(vault, vaultPaths.restoreRequest(scope, permit.restore)) as
        | RestoreRequest
        | undefined;
      const plan = read(vault, vaultPaths.plan(scope, permit.plan)) as RestorePlan | undefined;
      return plan?.targets.some(({ target }) => target === server) === true && counts(permit, request, plan);
    });
}

function read(vault: Documents, path: string): unknown {
  const text = vault.text(path);
  return text === undefined ? undefined : JSON.parse(text);
}

function counts(
  { approval, plan: digest }: RestorePermit,
  request: RestoreRequest | undefined,
  { approval: rule, validUntil }: RestorePlan,
): boolean {
  if (request?.plan !== digest || approval.at > validUntil) return false;
  if (approval.kind === 'approved') return approval.by !== request.by && approval.by !== 'lifeboat';
  const waited = (Date.parse(approval.at) - Date.parse(request.at)) / 1000;
  return rule.breakGlassAfterSeconds !== undefined && waited >= rule.breakGlassAfterSeconds;
}
