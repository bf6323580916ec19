/** How what Lifeboat protects is judged: servers, databases, containers, and what keeps their earlier states. */
import type { ListedBackup } from '../on-demand-slots.ts';
import { broken, doubtful, well, type Verdict } from './verdict.ts';

/** A server as far as it is judged here; undefined: the provider says that there is none. */
export type SeenServer = { readonly state: string; readonly location: string } | undefined;

export function judgeServer(server: SeenServer, region: string): Verdict {
  if (server === undefined)
    return broken(
      'the provider says that there is no such server',
      'If it was lost, follow runbooks/server-lost.md; otherwise correct its id in the estate file.',
    );
  if (server.location !== region)
    return broken(
      `it lies in ${server.location}, and this deployment touches only ${region}`,
      'Correct the estate file: each resource belongs to the deployment of its own region.',
    );
  if (server.state !== 'Ready')
    return broken(
      `its state is ${server.state}`,
      'Start it, or wait until the provider has done what it does.',
    );
  return well('ready');
}

export function judgeBackups(backups: readonly Pick<ListedBackup, 'kind'>[]): Verdict {
  const own = backups.filter(({ kind }) => kind === 'on-demand').length;
  const detail = `${backups.length} backups are listed, ${own} of them on demand`;
  if (backups.length === 0)
    return broken(
      'the provider lists no backup',
      'Take one: lifeboat snapshot --wait. If that fails: runbooks/snapshot-failed.md.',
    );
  return well(detail);
}

/** A part of what the setup makes in a database, as it was found. */
export interface SetupPart {
  readonly part: string;
  readonly state: 'ok' | 'missing' | 'not granted';
}

export function judgeSetup(parts: readonly SetupPart[], role: string): Verdict {
  const wrong = parts.filter(({ state }) => state !== 'ok');
  if (wrong.length === 0 && parts.length > 0)
    return well(`${role} signs in; all ${parts.length} parts of the setup are there`);
  return broken(
    parts.length === 0
      ? 'nothing was said of the setup'
      : wrong.map(({ part, state }) => `${part} is ${state}`).join(', '),
    `As administrator, run in this database: lifeboat estate setup-sql --role ${role}`,
  );
}

const wantedExtensions = ['amcheck', 'pg_prewarm'];

/** `allowed`: the parameter `azure.extensions`; undefined where nobody has set it. */
export function judgeExtensions(allowed: string | undefined): Verdict {
  const names = (allowed ?? '').split(',').map((one) => one.trim().toLowerCase());
  const missing = wantedExtensions.filter((one) => !names.includes(one));
  if (missing.length === 0) return well(`${wantedExtensions.join(' and ')} are allow-listed`);
  return doubtful(
    `${missing.join(' and ')} cannot be made on this server: azure.extensions does not name them`,
    'Add them to the server parameter azure.extensions; the setup needs them in every new database.',
  );
}

const lateBeatSeconds = 180;
const silentSeconds = 900;

/** `seconds`: the age of the newest heartbeat; undefined: there is none. */
export function judgeHeartbeat(seconds: number | undefined): Verdict {
  const next = 'Follow runbooks/heartbeat-silent.md.';
  if (seconds === undefined) return broken('no heartbeat was ever written', next);
  const detail = `the newest is ${Math.round(Math.max(0, seconds))} s old`;
  if (seconds > silentSeconds) return broken(detail, next);
  return seconds > lateBeatSeconds ? doubtful(detail, next) : well(detail);
}

/** What the store's account keeps of a deleted blob, and what the estate counts on. */
export interface SeenKeeping {
  readonly softDelete: boolean;
  readonly versions: boolean;
  readonly mayDelete: boolean;
  readonly location: string;
}

export function judgeKeeping(
  { softDelete, versions, mayDelete, location }: SeenKeeping,
  region: string,
): Verdict {
  if (location !== region)
    return broken(
      `the account lies in ${location}, and this deployment touches only ${region}`,
      'Correct the estate file: each resource belongs to the deployment of its own region.',
    );
  const kept = [...(softDelete ? ['soft delete'] : []), ...(versions ? ['versions'] : [])];
  if (kept.length === 2) return well('soft delete and versions are on');
  if (kept.length === 1) return well(`${kept.join()} is on`);
  const next = 'Turn on soft delete or versions in the storage account.';
  if (mayDelete)
    return broken('neither soft delete nor versions are on, and the estate says unreferenced: delete', next);
  return doubtful('neither soft delete nor versions are on: a repair finds no earlier state there', next);
}
