/**
 * How the command names itself where it tells a person what to type: as it was started, so that it can be pasted. Through
 * `npx lifeboat` no `lifeboat` stands on the path. Human text alone goes through this; JSON, scripts and SQL never do.
 */

/** What npm sets for a program that `npx` or `npm exec` started. */
const isStartedByNpx = (env: NodeJS.ProcessEnv): boolean =>
  env['npm_command'] === 'exec' && env['npm_lifecycle_event'] === 'npx';

const prefix = 'npx ';

/** By how many columns a named command grows. */
export const spokenExtra = (env: NodeJS.ProcessEnv): number => (isStartedByNpx(env) ? prefix.length : 0);

/** A text with its commands as they can be typed here; `names` are the words that may follow `lifeboat`. */
export function spokenText(text: string, env: NodeJS.ProcessEnv, names: readonly string[]): string {
  if (!isStartedByNpx(env) || names.length === 0) return text;
  const command = new RegExp(
    `(?<![\\w./-]|npx\\s+)lifeboat(?=\\s+(?:(?:${names.join('|')})(?![\\w-])|--\\w))`,
    'g',
  );
  return text.replace(command, `${prefix}lifeboat`);
}
