/** What the scripts of all shells are made of. */
import type { CompletedCommand, CompletedOption } from './definition.ts';

/** How a script names the place of a command: the words that lead to it, `drill run`. */
export const placeOf = ({ path }: CompletedCommand): string => path.join(' ');

/** A text in single quotes, as sh, zsh and fish take it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Every option that is followed by a value, by its flag; a flag means the same with every command. */
export function valuedOptions(all: readonly CompletedCommand[]): CompletedOption[] {
  const valued = all.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue));
  return [...new Map(valued.map((one) => [one.flag, one])).values()];
}

/** Of the options with a value, those whose values can be said; a command may have choices of its own. */
export function saidValues(
  all: readonly CompletedCommand[],
): { readonly place: string; readonly option: CompletedOption }[] {
  return all.flatMap((command) =>
    command.options
      .filter(({ values, source }) => values.length > 0 || source !== undefined)
      .map((option) => ({ place: placeOf(command), option })),
  );
}

/** The command that prints values which only the profile or the estate knows. */
export const valuesCommand = 'completion-values';

/** The cases of `"$at/$word"` by which bash and zsh go down into a command. */
export const commandCases = (all: readonly CompletedCommand[]): string =>
  all
    .filter(({ path }) => path.length > 0)
    .map((command) => {
      const [place, word] = [command.path.slice(0, -1).join(' '), command.path.at(-1) ?? ''];
      return `      (${quoted(`${place}/${word}`)}) at=${quoted(placeOf(command))} ;;`;
    })
    .join('\n');

/** The cases of `"$at/$prev"` in which bash and zsh offer the values of an option. */
export const valueCases = (
  all: readonly CompletedCommand[],
  repliesWith: (option: CompletedOption) => string,
): string =>
  saidValues(all)
    .map(
      ({ place, option }) => `    (${quoted(`${place}/${option.flag}`)}) ${repliesWith(option)}; return ;;`,
    )
    .join('\n');

/** The options with a value, as one pattern of a case. */
export const valuedPattern = (all: readonly CompletedCommand[]): string =>
  valuedOptions(all)
    .map(({ flag }) => flag)
    .join('|');
