/** `lifeboat completion`: the script for a shell, and the values that only the profile and the estate know. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { checkEstate } from '../../contracts/estate.ts';
import { bashScript } from '../completion/bash.ts';
import { completedCommands, type ValueSource } from '../completion/definition.ts';
import { fishScript } from '../completion/fish.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Io } from '../io.ts';
import { loadProfile } from '../profile.ts';
import { askEach, openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
export const shells = Object.keys(scripts) as (keyof typeof scripts)[];

/** Writes the script that completes this very program. */
export function writeCompletion(io: Io, program: Command, shell: keyof typeof scripts): 0 {
  io.stdout.write(scripts[shell](completedCommands(program)));
  return 0;
}

export const valueSources = ['systems', 'regions', 'identities'] as const satisfies readonly ValueSource[];

/** Writes values one a line, those that are at hand; a person who presses a key is not told of troubles. */
export async function writeValues(
  io: Io,
  of: (typeof valueSources)[number],
  options: CommonOptions,
): Promise<0> {
  const values = await valuesOf(io, of, options).catch(() => []);
  io.stdout.write(values.map((one) => `${one}\n`).join(''));
  return 0;
}

async function valuesOf(
  io: Io,
  of: (typeof valueSources)[number],
  options: CommonOptions,
): Promise<readonly string[]> {
  if (of === 'systems') return (await systemsOfFile(io)) ?? systemsOfApps(io, options);
  const { env, cwd, home } = io;
  const { deployments, login } = await loadProfile({ named: options.profile, env, cwd, home });
  return of === 'regions' ? deployments.map(({ region }) => region) : Object.keys(login.identities ?? {});
}

/** The systems of the estate file, where there is one. */
async function systemsOfFile(io: Io): Promise<readonly string[] | undefined> {
  const file = resolve(io.cwd, io.env['LIFEBOAT_ESTATE'] || 'estate.yaml');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const result = checkEstate(text);
  return 'estate' in result ? result.estate.systems.map(({ id }) => id) : undefined;
}

const patienceMilliseconds = 2_000;

async function systemsOfApps(io: Io, options: CommonOptions): Promise<readonly string[]> {
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(patienceMilliseconds)]);
  const { answers } = await askEach(await openClients({ ...io, signal }, options), (client) =>
    client.call('status', {}),
  );
  return [...new Set(answers.flatMap(({ systems }) => systems.map(({ system }) => system)))];
}
