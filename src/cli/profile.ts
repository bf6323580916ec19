/**
 * Who the command talks to. The profile is looked up at the flag, in `LIFEBOAT_PROFILE`, in `.lifeboat/profile.json`
 * of the working directory and of each folder above it, and in `~/.config/lifeboat/profile.json`; the first one found
 * is used. A profile that was named must exist and must be right: no other one is taken in its place.
 */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { profile as profileSchema, type Profile } from '../contracts/profile.ts';
import { Failure } from '../policy/failure.ts';

/** Where to look. */
export interface ProfileSearch {
  /** The value of `--profile`. */
  readonly named?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly home: string;
}

/** A profile that was read, with the file it stands in. */
export interface LoadedProfile {
  readonly file: string;
  readonly deployments: Profile['deployments'];
  readonly login: Profile['login'];
  /** The certificate authority's text (PEM), where the profile names one. */
  readonly ca?: string;
}

/** Finds, reads and checks the profile, or says what to do. */
export async function loadProfile(search: ProfileSearch): Promise<LoadedProfile> {
  const file = findProfile(search);
  const { deployments, login, caFile } = checkProfile(await readNamed(file), file);
  if (login.identities !== undefined) await mustBePrivate(file);
  if (caFile === undefined) return { file, deployments, login };
  return {
    ...{ file, deployments, login },
    ca: await readNamed(resolve(dirname(file), caFile), `, which ${file} names as caFile,`),
  };
}

/** The file to read; a named one even if it does not exist. */
export function findProfile({ named, env, cwd, home }: ProfileSearch): string {
  const chosen = named ?? (env['LIFEBOAT_PROFILE'] || undefined);
  if (chosen !== undefined) return resolve(cwd, chosen);
  const found = [...candidatesAbove(cwd), join(home, '.config', 'lifeboat', 'profile.json')].find((one) =>
    existsSync(one),
  );
  if (found !== undefined) return found;
  throw new Failure(
    'bad-input',
    'No profile was found: it is not known which deployment to talk to.',
    'Start the stack with "npm start", which writes .lifeboat/profile.json, and run the command in that folder; or name a profile with --profile FILE, in LIFEBOAT_PROFILE, or at ~/.config/lifeboat/profile.json.',
  );
}

function candidatesAbove(folder: string): string[] {
  const here = join(folder, '.lifeboat', 'profile.json');
  return dirname(folder) === folder ? [here] : [here, ...candidatesAbove(dirname(folder))];
}

async function readNamed(file: string, remark = ''): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new Failure(
      'bad-input',
      `${file}${remark} ${reason}.`,
      'Correct the path, or make the file readable.',
      { cause },
    );
  }
}

/** A profile with secrets that others of this machine can read is not used. */
async function mustBePrivate(file: string): Promise<void> {
  if (process.platform === 'win32' || ((await stat(file)).mode & 0o077) === 0) return;
  throw new Failure(
    'bad-input',
    `The profile ${file} holds secrets, and others on this machine can read it.`,
    `Make it your own: chmod 600 ${file}`,
  );
}

function checkProfile(text: string, file: string): Profile {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw badProfile(file, [(cause as Error).message], cause);
  }
  const parsed = profileSchema.safeParse(document);
  if (!parsed.success)
    throw badProfile(
      file,
      parsed.error.issues.map((one) => `${one.path.join('.') || '(document)'}: ${one.message}`),
    );
  const problems = parsed.data.deployments.flatMap(problemsOfDeployment);
  if (problems.length > 0) throw badProfile(file, problems);
  return parsed.data;
}

/** What the shape cannot say: the protocol, one deployment per region. */
function problemsOfDeployment(
  one: Profile['deployments'][number],
  index: number,
  all: Profile['deployments'],
): string[] {
  const at = `deployments.${index}`;
  const problems: string[] = [];
  if (!/^https?:/i.test(one.url)) problems.push(`${at}.url: must begin with https:// or http://`);
  if (all.findIndex((other) => other.region === one.region) < index)
    problems.push(`${at}.region: ${one.region} is named twice`);
  return problems;
}

function badProfile(file: string, problems: readonly string[], cause?: unknown): Failure {
  return new Failure(
    'bad-input',
    `The profile ${file} is wrong:\n${problems.map((one) => `  ${one}`).join('\n')}`,
    'Correct the file; {"schema":"lifeboat/profile/v2","deployments":[{"region":…,"url":…}],"login":{"tenant":…,"scope":"api://…/.default"}} is its form.',
    { cause },
  );
}
