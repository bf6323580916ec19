/**
 * `lifeboat repair decision`, `prune decision` and `estate decision`: write the document by which a person approves or
 * rejects a plan, or an estate that is weaker than before. It counts once it lies in the vault, where only people with a
 * role of their own can put it; these commands themselves decide nothing.
 */
import { approvalDocument } from '../../contracts/documents.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { canonicalJson } from '../../policy/canonical-json.ts';
import { say, type Io } from '../io.ts';

/** What the command line was checked for: ids, the digest of a plan or of an estate, and words that are not empty. */
export type DecisionOptions = ({ readonly plan: string } | { readonly digest: string }) & {
  readonly system: string;
  readonly region: string;
  readonly by: string;
  readonly reason: string;
  readonly reject?: boolean;
  readonly hours: number;
};

/** Prints the document on standard output, and on standard error where in the vault it belongs. */
export function writeDecision(io: Io, options: DecisionOptions): number {
  const { system, region, by, reason, hours } = options;
  const digest = 'plan' in options ? options.plan : options.digest;
  const scope = { system, region };
  const now = io.now();
  const document = approvalDocument.parse({
    schema: 'lifeboat/approval/v1',
    ...{ digest, ...scope, decision: options.reject === true ? 'rejected' : 'approved' },
    ...{ by, reason, at: isoOf(now), expiresAt: isoOf(now.plus({ hours })) },
  });
  io.stdout.write(`${canonicalJson(document)}\n`);
  say(io, `Put it into the vault as ${vaultPaths.approval(scope, digest)}`);
  return 0;
}
