/** `lifeboat doctor`: everything that a recovery rests on, looked at before it is needed. It changes nothing. */
import { stat } from 'node:fs/promises';
import type { DoctorLine } from '../../contracts/doctor.ts';
import { instantOf } from '../../contracts/values.ts';
import { judgeOwnClock, judgeProfile, judgeVersions } from '../../policy/doctor/command.ts';
import { broken, well, type Verdict } from '../../policy/doctor/verdict.ts';
import { Failure } from '../../policy/failure.ts';
import type { ApiClient } from '../client.ts';
import { renderDoctor, type DoctorPart } from '../doctor-view.ts';
import { print, printJson, viewOptions, type Io } from '../io.ts';
import type { WorkExit } from '../outcome.ts';
import { loadProfile } from '../profile.ts';
import { openClients } from '../regions.ts';
import type { CommonOptions } from './options.ts';
import { commandVersion } from '../version.ts';

/** Shows every line; exits 1 if a check failed, 3 if there is only something to be warned of. */
export async function showDoctor(io: Io, options: CommonOptions): Promise<WorkExit> {
  const clients = await openClients(io, options);
  const parts: DoctorPart[] = [
    { region: undefined, lines: [await profileLine(io, options)] },
    ...(await Promise.all(clients.map((client) => examine(io, client)))),
  ];
  const lines = parts.flatMap((part) => part.lines.map((line) => ({ region: part.region, ...line })));
  if (options.json === true) printJson(io, { schema: 'lifeboat/doctor-lines/v1', lines }, lines);
  else print(io, renderDoctor(parts, viewOptions(io)));
  const has = (state: DoctorLine['state']): boolean => lines.some((line) => line.state === state);
  return has('failed') ? 1 : has('warning') ? 3 : 0;
}

async function profileLine(io: Io, { profile }: CommonOptions): Promise<DoctorLine> {
  const { env, cwd, home } = io;
  const { file } = await loadProfile({ named: profile, env, cwd, home });
  const mode = process.platform === 'win32' ? undefined : (await stat(file)).mode & 0o777;
  return line('profile', judgeProfile(file, mode), 0);
}

/** What can be said of a region: by its app, or that it cannot be reached. */
async function examine(io: Io, client: ApiClient): Promise<DoctorPart> {
  const { region } = client;
  const begun = performance.now();
  try {
    const { at, softwareVersion, lines } = await client.call('doctor', {});
    // The app reads its clock last, so that the way back is all that lies between.
    const ahead = instantOf(at).diff(io.now()).as('seconds');
    const milliseconds = Math.round(performance.now() - begun);
    return {
      region,
      lines: [
        line('app', well(`${client.url} answers`), milliseconds),
        line('version', judgeVersions(softwareVersion, commandVersion), 0),
        line('clock', judgeOwnClock(ahead), 0),
        ...lines,
      ],
    };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const milliseconds = Math.round(performance.now() - begun);
    return { region, lines: [line('app', broken(thrown.message, thrown.hint), milliseconds)] };
  }
}

const line = (id: string, verdict: Verdict, milliseconds: number): DoctorLine => ({
  id,
  ...verdict,
  milliseconds,
});
