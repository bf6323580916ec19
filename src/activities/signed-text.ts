/** A text signed with the deployment's key: the key's public half into the vault, once, before its first signature. */
import type { DateTime } from 'luxon';
import { signingKeyDocument } from '../contracts/signing.ts';
import { vaultPaths } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { compactJws, signingInput } from '../policy/jws.ts';
import type { Dependencies } from './dependencies.ts';
import { createDocument } from './vault-documents.ts';

/** The JWS, signed `at` that time, or why there is none: what the signer says is told; a vault that cannot be written is thrown. */
export async function signedText(
  { signer, vault, region }: Pick<Dependencies, 'signer' | 'vault' | 'region'>,
  at: DateTime,
  typ: string,
  payload: string,
): Promise<string | Failure> {
  const key = await signer.currentKey().catch(failureFrom);
  if (key instanceof Failure) return key;
  await createDocument(vault, vaultPaths.signingKey(region, key.keyId), signingKeyDocument, {
    schema: 'lifeboat/signing-key/v1',
    ...key,
  });
  const iat = Math.floor(at.toSeconds());
  const input = signingInput({ alg: 'ES384', iat, kid: key.keyId, typ }, payload);
  const signature = await signer.sign(key, Buffer.from(input, 'utf8')).catch(failureFrom);
  return signature instanceof Failure ? signature : compactJws(input, signature);
}
