/**
 * Names that Lifeboat gives and accepts. Each branded type is made only by its parser here. Names that stand for one
 * effect are derived from what caused it, so that doing it twice finds the first one instead of making a second.
 */
import type { DateTime } from 'luxon';
import { createHash } from 'node:crypto';
import { Failure } from './failure.ts';

declare const serverNameBrand: unique symbol;
/** A flexible server's name: 3–63 of `a-z0-9-`, no hyphen at either end. */
export type ServerName = string & { readonly [serverNameBrand]: true };

/** Checks a server name (Azure's rule for flexible servers). */
export function parseServerName(text: string): ServerName {
  if (/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(text)) return text as ServerName;
  throw new Failure(
    'bad-input',
    `"${text}" is no server name`,
    'Use 3 to 63 of a-z, 0-9 and "-", with no "-" at either end.',
  );
}

/** A flexible server's resource id, taken apart. */
export interface ServerResource {
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: ServerName;
}

const serverIdPattern =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([-\w._()]{1,90})\/providers\/Microsoft\.DBforPostgreSQL\/flexibleServers\/([^/]+)$/i;

/** The name of a server, which is the end of its id; what is no id is given as it is. */
export const serverNameOf = (server: string): string => server.split('/').at(-1) ?? server;

/** Takes a flexible server's resource id apart; undefined when it is none. */
export function parseServerResourceId(id: string): ServerResource | undefined {
  const [, subscription, resourceGroup, name] = serverIdPattern.exec(id) ?? [];
  if (subscription === undefined || resourceGroup === undefined || name === undefined) return undefined;
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return undefined;
  return { subscription, resourceGroup, name: name as ServerName };
}

/** The resource id of a flexible server. */
export function serverResourceId(server: ServerResource): string {
  return `/subscriptions/${server.subscription}/resourceGroups/${server.resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${server.name}`;
}

/** `yyyymmddThhmmssZ` in UTC: the form of every instant inside a name. */
export function stampOf(at: DateTime): string {
  return new Date(at.toMillis()).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Days that are told apart; a longer time is told by its months. */
const daysToldApart = 3;

/** The beginnings that the stamps from one instant to another have: a few, however long ago the first one lies. */
export function stampPrefixes(from: DateTime, to: DateTime): string[] {
  const [first, last] = [from.toUTC(), to.toUTC()];
  const unit = last.toMillis() - first.toMillis() <= daysToldApart * 86_400_000 ? 'day' : 'month';
  const prefixes: string[] = [];
  const length = unit === 'day' ? 'yyyymmdd'.length : 'yyyymm'.length;
  for (let at = first.startOf(unit); at <= last; at = at.plus({ [unit]: 1 }))
    prefixes.push(stampOf(at).slice(0, length));
  return prefixes;
}

/** What one run does and for whom; its instance id names it in the task hub and in the vault. */
export interface RunName {
  readonly kind: string;
  readonly system: string;
  readonly region: string;
  readonly stamp: string;
}

/** The instance id of a run: at most 100 characters, without `/ \ # ?` (Durable Functions). */
export function instanceIdOf(run: RunName): string {
  return `${run.kind}.${run.system}.${run.region}.${run.stamp}`;
}

/** The instance id of a run that is named by its kind and stamp: `restore-20260301T013000Z`. */
export function instanceIdOfRun({ system, region }: Omit<RunName, 'kind' | 'stamp'>, run: string): string {
  const [kind = '', stamp = ''] = run.split(/-(?=\d{8}T)/);
  return instanceIdOf({ kind, system, region, stamp });
}

/** Takes an instance id of ours apart; undefined for any other. */
export function parseInstanceId(id: string): RunName | undefined {
  const [, kind, system, region, stamp] =
    /^([a-z-]+)\.([a-z0-9-]+)\.([a-z0-9]+)\.(\d{8}T\d{6}Z)$/.exec(id) ?? [];
  if (kind === undefined || system === undefined || region === undefined || stamp === undefined)
    return undefined;
  return { kind, system, region, stamp };
}

/**
 * The name of the server that a drill restores into: readable, deterministic for the drill, the database and the try, unique among
 * all drills by a digest of what it stands for (names are global in Azure).
 */
export function drillServerName(drill: RunName, database: string, attempt = 1): ServerName {
  const unique = createHash('sha256')
    .update(`${instanceIdOf(drill)}/${database}${attempt === 1 ? '' : `/${attempt}`}`)
    .digest('hex')
    .slice(0, 8);
  const readable = `${drill.system}-${database}`.slice(0, 30).replace(/-+$/, '');
  return parseServerName(`drill-${readable}-${drill.stamp.slice(2, 15).toLowerCase()}-${unique}`);
}

/** The name of the on-demand backup of a slot. */
export const backupName = (slot: string): string => `lifeboat-${slot}`;

/** Whether a backup's name is one that Lifeboat gives. */
export const isOwnBackup = (name: string): boolean => /^lifeboat-\d{8}T\d{6}Z$/.test(name);

/** What the names of scratch containers begin with; nothing else of the vault's account does. */
export const scratchPrefix = 'scratch-';

/** The container that a drill writes blobs of its own into: 3 to 63 of `a-z0-9-`. */
export function scratchName(drill: RunName): string {
  const unique = createHash('sha256').update(instanceIdOf(drill)).digest('hex').slice(0, 8);
  const readable = drill.system.slice(0, 20).replace(/-+$/, '');
  return `${scratchPrefix}${readable}-${drill.stamp.toLowerCase()}-${unique}`;
}
