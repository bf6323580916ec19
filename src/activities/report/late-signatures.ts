/**
 * Makes up for signatures that could not be had when their report was finalized, and writes down which keys sign no
 * more. It finds both in the vault alone, so that nothing depends on whoever was cut off; doing it twice changes nothing.
 */
import { drillReport } from '../../contracts/report.ts';
import { keyWithdrawal, signingKeyDocument } from '../../contracts/signing.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { failureFrom } from '../../policy/failure.ts';
import type { Dependencies } from '../dependencies.ts';
import { createDocument, createOrRead, needDocument } from '../vault-documents.ts';
import { reportInChain } from './chain.ts';
import { signReport } from './sign.ts';

/** A report that is final and has no signature, and why. */
export interface Unsigned {
  readonly drill: string;
  readonly reason: string;
}

/** Signs every report of the chain that has no signature; returns those that still have none. */
export async function signUnsigned(deps: Dependencies, scope: Scope): Promise<Unsigned[]> {
  const unsigned: Unsigned[] = [];
  let away: string | undefined;
  for (const drill of await drillsWithoutSignature(deps, scope)) {
    const report = await reportInChain(deps, scope, drill);
    if (report === undefined) continue; // It is not final yet.
    await createOrRead(deps.vault, vaultPaths.report(scope, drill), drillReport, report);
    // A signer that is away is asked once, not for every report.
    away ??= await reasonAway(deps);
    const reason = away ?? (await signReport(deps, scope, drill));
    if (reason !== undefined) unsigned.push({ drill, reason });
  }
  return unsigned;
}

async function reasonAway({ signer }: Dependencies): Promise<string | undefined> {
  try {
    await signer.currentKey();
    return undefined;
  } catch (thrown) {
    return failureFrom(thrown).message;
  }
}

async function drillsWithoutSignature(deps: Dependencies, scope: Scope): Promise<string[]> {
  const begun: string[] = [];
  const signed = new Set<string>();
  const prefix = vaultPaths.reports(scope);
  for await (const path of deps.vault.list(prefix)) {
    const [drill = '', file] = path.slice(prefix.length).split('/');
    if (file === 'place.json') begun.push(drill);
    if (file === 'report.jws') signed.add(drill);
  }
  return begun.filter((drill) => !signed.has(drill));
}

/** Writes down the keys that signed reports of this region and are disabled now; returns a sentence for each new one. */
export async function noteWithdrawnKeys(deps: Dependencies): Promise<string[]> {
  const names = await keyNames(deps);
  if (names.used.length === 0) return [];
  const disabled = new Set(
    (await deps.signer.versions()).filter((one) => !one.enabled).map((one) => one.source),
  );
  const told: string[] = [];
  for (const keyId of names.used.filter((one) => !names.withdrawn.has(one))) {
    const path = vaultPaths.signingKey(deps.region, keyId);
    const { source } = await needDocument(deps.vault, path, signingKeyDocument);
    if (!disabled.has(source)) continue;
    const because = `${source} is disabled in the key vault`;
    const isNew = await createDocument(
      deps.vault,
      vaultPaths.keyWithdrawal(deps.region, keyId),
      keyWithdrawal,
      { schema: 'lifeboat/key-withdrawal/v1', keyId, at: isoOf(deps.clock.now()), because },
    );
    if (isNew) told.push(`the signing key ${keyId} signs no more: ${because}`);
  }
  return told;
}

async function keyNames(deps: Dependencies): Promise<{ used: string[]; withdrawn: ReadonlySet<string> }> {
  const prefix = vaultPaths.signingKeys(deps.region);
  const used: string[] = [];
  const withdrawn = new Set<string>();
  for await (const path of deps.vault.list(prefix)) {
    const [keyId = '', ...rest] = path.slice(prefix.length).split('.');
    if (rest.join('.') === 'json') used.push(keyId);
    if (rest.join('.') === 'withdrawn.json') withdrawn.add(keyId);
  }
  return { used, withdrawn };
}
