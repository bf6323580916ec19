/**
 * Signs a finalized report: the key's public half into the vault, then the signature, each written once. A kill in
 * between signs the same bytes again; of two signatures the first one that is written stays.
 */
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { canonicalJson } from '../../policy/canonical-json.ts';
import { Failure } from '../../policy/failure.ts';
import { parseCompactJws, reportType } from '../../policy/jws.ts';
import type { Dependencies } from '../dependencies.ts';
import { reportInChain } from './chain.ts';
import { signedText } from '../signed-text.ts';
import { bytesOf } from '../vault-documents.ts';

/** Signs the report of a drill, unless it is signed; undefined if it is then, or else why it is not. */
export async function signReport(
  deps: Dependencies,
  scope: Scope,
  drill: string,
): Promise<string | undefined> {
  const payload = await payloadOf(deps, scope, drill);
  if (payload instanceof Failure) return payload.message;
  const path = vaultPaths.reportSignature(scope, drill);
  const standing = await deps.vault.read(path);
  if (standing !== undefined) return objectionTo(path, standing.bytes, payload);
  const signed = await signedText(deps, deps.clock.now(), reportType, payload);
  if (signed instanceof Failure) return signed.message;
  if (await deps.vault.create(path, Buffer.from(signed), 'application/jose')) return undefined;
  return objectionTo(path, (await deps.vault.read(path))?.bytes ?? Buffer.alloc(0), payload);
}

/** The report's canonical text as it became final in the chain, if it still stands so; nothing else is signed. */
async function payloadOf(deps: Dependencies, scope: Scope, drill: string): Promise<string | Failure> {
  const report = await reportInChain(deps, scope, drill);
  if (report === undefined)
    return new Failure('refused', 'it was made by a version that does not sign', 'Play a new drill.');
  const path = vaultPaths.report(scope, drill);
  if ((await deps.vault.read(path))?.bytes.equals(bytesOf(report)) === true) return canonicalJson(report);
  return new Failure(
    'bad-document',
    `${path} in the vault is not as it was finalized`,
    'It was changed outside Lifeboat. Restore it from an earlier version of the blob.',
  );
}

/** A signature that stands is kept, and counts only if it is of this report. */
function objectionTo(path: string, bytes: Buffer, payload: string): string | undefined {
  const jws = parseCompactJws(bytes.toString('utf8'));
  if (typeof jws === 'string') return `${path} is no signature: ${jws}`;
  return jws.payload === payload ? undefined : `${path} is a signature of something else`;
}
