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
