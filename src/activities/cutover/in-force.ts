/**
 * Where a system stands: one document for each, changed under its version, so that of two cutovers at once one is in force.
 * A cutover is over once it was taken back, or once the estate names the new servers: then they are what is protected.
 */
import { cutoverState, type CutoverInForce } from '../../contracts/cutover.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { serverNameOf } from '../../policy/identifiers.ts';
import { Failure } from '../../policy/failure.ts';
import { resolve } from '../alerts.ts';
import type { Dependencies } from '../dependencies.ts';
import { changeDocument, createDocument, readDocument } from '../vault-documents.ts';

/** The cutover that is in force; undefined if there is none, or if the estate names its servers by now. */
export async function cutoverInForce(deps: Dependencies, scope: Scope): Promise<CutoverInForce | undefined> {
  const state = await readDocument(deps.vault, vaultPaths.cutoverState(scope), cutoverState);
  return state?.inForce === undefined || isProtected(deps, state.inForce) ? undefined : state.inForce;
}

function isProtected({ estate }: Dependencies, { servers }: CutoverInForce): boolean {
  const known = new Set(
    estate.systems.flatMap(({ regions }) =>
      regions.flatMap(({ databases }) => databases.map(({ server }) => server.toLowerCase())),
    ),
  );
  return servers.every((server) => known.has(server.toLowerCase()));
}

/** Takes the system for a cutover; throws `conflict` where another one is in force. */
export async function takeForce(deps: Dependencies, scope: Scope, own: CutoverInForce): Promise<void> {
  await changeForce(deps, scope, (standing) => {
    if (standing === undefined || isProtected(deps, standing)) return own;
    if (standing.cutover !== own.cutover) throw inForceAlready(scope, standing);
    return standing;
  });
}

/** Says what is in force from now on, and gives it; `change` is given what is now. */
export async function changeForce(
  deps: Dependencies,
  scope: Scope,
  change: (standing: CutoverInForce | undefined) => CutoverInForce | undefined,
): Promise<CutoverInForce | undefined> {
  const path = vaultPaths.cutoverState(scope);
  const { system, region } = scope;
  const empty = { schema: 'lifeboat/cutover-state/v1' as const, system, region };
  await createDocument(deps.vault, path, cutoverState, empty);
  const changed = await changeDocument(deps.vault, path, cutoverState, ({ inForce }) => {
    const next = change(inForce);
    return { ...empty, ...(next === undefined ? {} : { inForce: next }) };
  });
  return changed?.inForce;
}

export const inForceAlready = ({ system, region }: Scope, { cutover, servers }: CutoverInForce): Failure =>
  new Failure(
    'conflict',
    `${system} in ${region} was cut over to ${servers.map(serverNameOf).join(', ')} already, by ${cutover}`,
    `Go back first with: lifeboat cutover back ${cutover}. Or name the new server in the estate file.`,
  );

/** What a system refers to is not known while it runs on servers that nobody looks at: then nothing is deleted. */
export async function cutoverDoubt(deps: Dependencies, scope: Scope): Promise<string[]> {
  const standing = await cutoverInForce(deps, scope);
  if (standing === undefined) return [];
  const servers = standing.servers.map(serverNameOf).join(', ');
  return [
    `${standing.cutover} is in force: what ${servers} refers to is not looked at until the estate names it`,
  ];
}

/** Ends a cutover, and its alerts, that is over since the estate names its servers. */
export async function watchCutover(deps: Dependencies, scope: Scope): Promise<void> {
  const state = await readDocument(deps.vault, vaultPaths.cutoverState(scope), cutoverState);
  if (state?.inForce === undefined || !isProtected(deps, state.inForce)) return;
  for (const key of ['cutover-in-force', 'cutover-failed']) await resolve(deps, scope, key);
  await changeForce(deps, scope, (standing) =>
    standing !== undefined && isProtected(deps, standing) ? undefined : standing,
  );
}
