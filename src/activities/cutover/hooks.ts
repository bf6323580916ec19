/** The hooks of the estate as a plan has them: with the servers of a restore in their places. */
import type { CutoverHook, HttpCall } from '../../contracts/cutover-hooks.ts';
import type { HookCall, PlannedHook } from '../../contracts/cutover-plan.ts';
import { serverNameOf } from '../../policy/identifiers.ts';
import { filledAddress, filledBody, type PlaceholderValues } from '../../policy/cutover-hooks.ts';
import { Failure } from '../../policy/failure.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { restoresOf } from '../restore/targets.ts';
import type { Scoped } from '../scope.ts';

/** A database that is cut over: from where to where. */
export interface Place {
  readonly database: string;
  /** Its name on the servers. */
  readonly name: string;
  readonly source: string;
  /** Unknown where the source does not stand any more. */
  readonly sourceAddress: string | undefined;
  readonly server: string;
  readonly address: string;
}

/** What a cutover is planned for. */
interface About {
  readonly restore: string;
  readonly cutover: string;
  /** Hooks that are left out. */
  readonly without: readonly string[];
}

/** The hooks of a cutover in their order; throws `refused` where the estate has none. */
export function plannedHooks(here: Scoped, places: readonly Place[], about: About): PlannedHook[] {
  const { cutover: hooks = [] } = restoresOf(here);
  mustBeKnown(hooks, about.without);
  const own = hooks.flatMap((hook) => {
    const place = places.find(({ database }) => database === hook.database);
    return place === undefined || about.without.includes(hook.id) ? [] : [{ hook, place }];
  });
  if (own.length === 0)
    throw new Failure(
      'refused',
      `the estate names no hook of a cutover for ${places.map(({ database }) => database).join(', ')}`,
      'Add "cutover" to "restore" of the region in the estate file; nothing was planned.',
    );
  return own.map(({ hook, place }) => plannedHook(hook, place, valuesOf(here, place, about)));
}

function mustBeKnown(hooks: readonly CutoverHook[], without: readonly string[]): void {
  const other = without.find((id) => hooks.every((hook) => hook.id !== id));
  if (other === undefined) return;
  throw new Failure(
    'bad-input',
    `without: "${other}" is no hook; the estate has: ${hooks.map(({ id }) => id).join(', ') || 'none'}`,
    'Correct the order; nothing was planned.',
  );
}

function plannedHook(hook: CutoverHook, place: Place, values: PlaceholderValues): PlannedHook {
  const about = { hook: hook.id, database: hook.database };
  const isGone = place.sourceAddress === undefined;
  if (hook.kind === 'http') {
    const call = httpCall(hook.over, values);
    // Nothing is pointed back at a server that is gone.
    return isGone && namesSource(hook.back)
      ? { ...about, call }
      : { ...about, call, undo: httpCall(hook.back, values) };
  }
  const at = {
    ...{ kind: 'sql' as const, server: hook.on === 'source' ? place.source : place.server },
    name: place.name,
  };
  return { ...about, call: { ...at, statement: hook.over }, undo: { ...at, statement: hook.back } };
}

const namesSource = ({ url, body }: HttpCall): boolean => JSON.stringify([url, body]).includes('{source');

function httpCall(
  { method, url, body, statuses, timeout, authentication }: HttpCall,
  values: PlaceholderValues,
): HookCall {
  return {
    ...{ kind: 'http', method, url: filledAddress(url, values), statuses: [...statuses] },
    ...(body === undefined ? {} : { body: filledBody(body, values) }),
    timeoutSeconds: secondsOf(timeout),
    ...(authentication === undefined ? {} : { scope: authentication.scope }),
  };
}

function valuesOf({ scope }: Scoped, place: Place, { restore, cutover }: About): PlaceholderValues {
  const [host = '', port = '5432'] = place.address.split(':');
  const [sourceHost = '', sourcePort = '5432'] = (place.sourceAddress ?? '').split(':');
  return {
    ...{ system: scope.system, region: scope.region, restore, cutover, database: place.name },
    ...{ server: serverNameOf(place.server), host, port },
    ...{ source: serverNameOf(place.source), sourceHost, sourcePort },
  };
}

const bodyWords = (body: unknown): string => (body === undefined ? '' : ` with ${JSON.stringify(body)}`);

/** A call in words, as it will be sent. */
export const callWords = (call: HookCall): string =>
  call.kind === 'http'
    ? `${call.method} ${call.url}${bodyWords(call.body)}${call.scope === undefined ? '' : ', as the app'}`
    : `on ${serverNameOf(call.server)}, database ${call.name}: ${call.statement}`;
