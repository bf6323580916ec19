/**
 * Which regions and systems a command is about. A region that was not named is found by asking every deployment where
 * the system stands; it is taken only if there is one, never guessed among several.
 */
import type { StatusResponse } from '../contracts/api/status.ts';
import { Failure } from '../policy/failure.ts';
import { ApiClient } from './client.ts';
import type { Io } from './io.ts';
import type { TokenSource } from './login.ts';
import { loadProfile, type LoadedProfile } from './profile.ts';

/** What a person said about the scope. */
export interface ScopeOptions {
  readonly system?: string | undefined;
  readonly region?: string | undefined;
}

/** A system in one region, and whom to ask about it. */
export interface Target {
  readonly client: ApiClient;
  readonly system: string;
}

/** A region that gave no answer. */
export interface Unanswered {
  readonly client: ApiClient;
  readonly failure: Failure;
}

/** One client for each deployment of the profile, or for the region that was named. */
export async function openClients(
  io: Io,
  options: {
    readonly profile?: string | undefined;
    readonly region?: string | undefined;
    readonly as?: string | undefined;
  },
): Promise<ApiClient[]> {
  const { env, cwd, home, signal } = io;
  const { deployments, login, ca, file } = await loadProfile({ named: options.profile, env, cwd, home });
  const chosen = deployments.filter(
    ({ region }) => options.region === undefined || region === options.region,
  );
  if (chosen.length === 0) {
    const known = deployments.map(({ region }) => region).join(', ');
    throw new Failure(
      'bad-input',
      `The profile ${file} names no deployment for the region ${options.region}.`,
      `Name one of: ${known}.`,
    );
  }
  const tokens = await signInWith(io, options.as, login, ca);
  return chosen.map((deployment) => new ApiClient(deployment, tokens, { ca, signal }));
}

/** Where tokens come from: one that somebody else obtained, or a login. What signs in is large, and loaded only then. */
async function signInWith(
  { env, now }: Io,
  as: string | undefined,
  login: LoadedProfile['login'],
  ca: string | undefined,
): Promise<TokenSource> {
  const given = env['LIFEBOAT_TOKEN'];
  if (given) return () => Promise.resolve(given);
  const { tokenSource } = await import('./login.ts');
  return tokenSource(login, { as, ca, now: () => now().toMillis() });
}

/** The bearer token that requests are sent with, for programs that speak HTTP themselves. */
export async function tokenFor(
  io: Io,
  options: { readonly profile?: string | undefined; readonly as?: string | undefined },
): Promise<string> {
  const { env, cwd, home } = io;
  const { login, ca } = await loadProfile({ named: options.profile, env, cwd, home });
  return (await signInWith(io, options.as, login, ca))();
}

/** What some deployments answered, and which of them did not. */
export interface Answers<T> {
  readonly answers: T[];
  readonly unanswered: Unanswered[];
}

/** Asks every deployment; throws only if none answered. */
export async function askAll<T>(
  clients: readonly ApiClient[],
  ask: (client: ApiClient) => Promise<T>,
): Promise<Answers<T>> {
  const all = await askEach(clients, ask);
  if (all.answers.length === 0) throw allFailed(all.unanswered);
  return all;
}

/** Asks every deployment, and returns even if none answered. */
export async function askEach<T>(
  clients: readonly ApiClient[],
  ask: (client: ApiClient) => Promise<T>,
): Promise<Answers<T>> {
  const outcomes = await Promise.all(clients.map((client) => askOne(client, ask)));
  return {
    answers: outcomes.flatMap((one) => ('answer' in one ? [one.answer] : [])),
    unanswered: outcomes.flatMap((one) => ('failure' in one ? [one] : [])),
  };
}

async function askOne<T>(
  client: ApiClient,
  ask: (client: ApiClient) => Promise<T>,
): Promise<{ readonly answer: T } | Unanswered> {
  try {
    return { answer: await ask(client) };
  } catch (thrown) {
    if (thrown instanceof Failure) return { client, failure: thrown };
    throw thrown;
  }
}

function allFailed(unanswered: readonly Unanswered[]): Failure {
  const [first] = unanswered as [Unanswered];
  const messages = unanswered.map(({ client, failure }) => `${client.region}: ${failure.message}`);
  const message =
    unanswered.length === 1
      ? first.failure.message
      : `No region gave what was asked for:\n${messages.join('\n')}`;
  return new Failure(first.failure.code, message, first.failure.hint, { cause: first.failure });
}

/** The one system and region that the options name, or the only one there is. */
export async function chooseTarget(clients: readonly ApiClient[], options: ScopeOptions): Promise<Target> {
  const [only] = clients;
  if (options.system !== undefined && clients.length === 1 && only !== undefined)
    return { client: only, system: options.system };
  const targets = await findTargets(clients, options);
  const [target] = targets;
  if (target !== undefined && targets.length === 1) return target;
  const choices = targets.map(({ client, system }) => `  --system ${system} --region ${client.region}`);
  const what =
    options.system === undefined
      ? 'Several systems are protected'
      : `${options.system} stands in several regions`;
  throw new Failure('bad-input', `${what}:\n${choices.join('\n')}`, 'Name one of them.');
}

/** Every system and region that the options fit; at least one. Every deployment must answer. */
export async function findTargets(
  clients: readonly ApiClient[],
  { system }: ScopeOptions,
): Promise<Target[]> {
  const statuses = await Promise.all(clients.map((client) => client.call('status', {})));
  const all = statuses.flatMap((status, index) =>
    status.systems.map((one) => ({ client: clients[index] as ApiClient, system: one.system })),
  );
  const fitting = all.filter((one) => system === undefined || one.system === system);
  if (fitting.length > 0) return fitting;
  throw unknownSystem(system, statuses);
}

/** The failure for a system that no region knows. */
export function unknownSystem(system: string | undefined, statuses: readonly StatusResponse[]): Failure {
  const known = [
    ...new Set(statuses.flatMap((status) => status.systems.map((one) => one.system))),
  ].toSorted();
  const regions = statuses.map((status) => status.region).join(', ');
  if (known.length === 0)
    return new Failure('not-found', `No system is protected in ${regions}.`, 'Add one to the estate file.');
  return new Failure(
    'not-found',
    `No system "${system}" is protected in ${regions}.`,
    `Name one of: ${known.join(', ')}.`,
  );
}
