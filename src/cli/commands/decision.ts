/**
 * `lifeboat repair decision`: writes the document by which a person approves or rejects a plan. It counts once it lies in
 * the vault, where only people with a role of their own can put it; this command itself decides nothing.
 */
import { approvalDocument } from '../../contracts/documents.ts';
import { documentDigest, isoOf, regionName, shortId } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { canonicalJson } from '../../policy/canonical-json.ts';
import { Failure } from '../../policy/failure.ts';
import { print, say, type Io } from '../io.ts';

export interface DecisionOptions {
  readonly system?: string;
  readonly region?: string;
  readonly plan: string;
  readonly by: string;
  readonly reason: string;
  readonly reject?: boolean;
  readonly hours: string;
}

const longestHours = 168;

/** Prints the document on standard output, and on standard error where in the vault it belongs. */
export function writeDecision(io: Io, options: DecisionOptions): number {
  const scope = {
    system: checked('--system', shortId, options.system),
    region: checked('--region', regionName, options.region),
  };
  const digest = checked('--plan', documentDigest, options.plan);
  const hours = Number(options.hours);
  if (!(hours > 0 && hours <= longestHours))
    throw new Failure(
      'bad-input',
      `--hours ${options.hours} is not between 0 and ${longestHours}`,
      'Name whole or part hours.',
    );
  const now = io.now();
  const document = approvalDocument.parse({
    schema: 'lifeboat/approval/v1',
    ...{ digest, ...scope, decision: options.reject === true ? 'rejected' : 'approved' },
    ...{ by: options.by, reason: options.reason, at: isoOf(now), expiresAt: isoOf(now.plus({ hours })) },
  });
  print(io, [canonicalJson(document)]);
  say(io, `Put it into the vault as ${vaultPaths.approval(scope, digest)}`);
  return 0;
}

function checked<T>(
  option: string,
  shape: { safeParse(value: unknown): { success: boolean; data?: T } },
  given: unknown,
): T {
  const read = shape.safeParse(given);
  if (read.success && read.data !== undefined) return read.data;
  throw new Failure(
    'bad-input',
    `${option} ${JSON.stringify(given ?? '')} is not usable`,
    `Take it from the alert: lifeboat status.`,
  );
}
