/** How the container of the audit logs' checkpoints is judged: where it lies, what may be done there, what stands there. */
import { broken, doubtful, roughly, well, type Verdict } from './verdict.ts';

/** Which account a container lies in: whatever stands before its own name. */
const accountOf = (container: string): string => container.toLowerCase().replace(/\/[^/]+\/?$/, '');

/** Whoever may delete the vault's account should not be able to delete what vouches for it. */
export function judgePlace(vaultUrl: string, checkpointsUrl: string): Verdict {
  if (accountOf(vaultUrl) !== accountOf(checkpointsUrl))
    return well(`in ${accountOf(checkpointsUrl)}, apart from the vault`);
  return doubtful(
    'they lie in the account of the vault: who can change that can change both',
    'Make a container in another storage account, copy what stands there, and name it in LIFEBOAT_CHECKPOINTS_URL.',
  );
}

/** What an append came to whose position cannot be right; undefined: there was no file to try it on. */
export function judgeCheckpointWrite(written: boolean | undefined): Verdict {
  if (written === undefined)
    return doubtful(
      'no checkpoint stands there yet to try an append on',
      'Look again in a quarter of an hour.',
    );
  if (written)
    return broken(
      'an append was carried out although its position was wrong',
      'The container must be in Azure Blob Storage itself: whatever stands before it loses conditions. Then follow runbooks/audit-not-verified.md.',
    );
  return well('appends are let in, and their positions kept');
}

/** The newest checkpoint of a log. */
export interface SeenCheckpoint {
  /** What is wrong with it. */
  readonly problem: string | undefined;
  /** The entry that it stands for; undefined: there is none. */
  readonly sequence: number | undefined;
  /** How long the first entry behind it has stood there; undefined: there is no such entry. */
  readonly unsignedSeconds: number | undefined;
}

/** The watch looks every ten minutes: two of its looks may be lost. */
const lateSeconds = 1_800;
const next = 'Follow runbooks/audit-not-verified.md.';

export function judgeCheckpoint({ problem, sequence, unsignedSeconds }: SeenCheckpoint): Verdict {
  if (problem !== undefined) return broken(problem, next);
  const newest = sequence === undefined ? 'there is none yet' : `the newest stands for entry ${sequence}`;
  if (unsignedSeconds === undefined)
    return well(sequence === undefined ? 'the log has no entry yet' : `${newest}, the last one`);
  const detail = `${newest}, and an entry behind it is ${roughly(unsignedSeconds)} old`;
  return unsignedSeconds > lateSeconds ? broken(detail, next) : well(detail);
}
