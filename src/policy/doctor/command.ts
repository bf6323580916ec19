/** How what only the command can see is judged: its profile, the app's version and the two clocks. */
import { broken, doubtful, well, type Verdict } from './verdict.ts';

/** `mode`: the permission bits; undefined where the system has none. */
export function judgeProfile(file: string, mode: number | undefined): Verdict {
  if (mode === undefined || (mode & 0o077) === 0) return well(file);
  return doubtful(`${file} can be read by others, and may hold secrets`, `chmod 600 ${file}`);
}

export function judgeVersions(app: string, command: string): Verdict {
  if (app === command) return well(`app and command are ${app}`);
  return doubtful(
    `the app is ${app}, the command ${command}`,
    'Use the command of the same version as the app.',
  );
}

const noticeableSeconds = 60;
const wrongSeconds = 300;

/** `seconds`: how far the app's clock is ahead of this machine's. */
export function judgeOwnClock(seconds: number): Verdict {
  const detail = `the app is ${Math.abs(seconds).toFixed(1)} s ${seconds < 0 ? 'behind' : 'ahead of'} this machine`;
  const next = 'Ages that the command shows are wrong by so much. Set the clock of this machine.';
  if (Math.abs(seconds) > wrongSeconds) return broken(detail, next);
  return Math.abs(seconds) > noticeableSeconds ? doubtful(detail, next) : well(detail);
}
