/** The completion script for fish, with descriptions. */
import type { CompletedCommand, CompletedOption } from './definition.ts';
import { placeOf, valuedOptions, valuesCommand } from './words.ts';

export function fishScript(all: readonly CompletedCommand[]): string {
  return `# Completion of lifeboat for fish. To have it: lifeboat completion fish | source
function __lifeboat_at --description 'the command that the words so far lead to'
    set -l at ''
    set -l isValue no
    for word in (commandline -opc)[2..]
        if test $isValue = yes
            set isValue no
            continue
        end
        switch $word
            case ${valuedOptions(all)
              .map(({ flag }) => flag)
              .join(' ')}
                set isValue yes
                continue
        end
        switch "$at/$word"
${all
  .filter(({ path }) => path.length > 0)
  .map(
    ({ path }) =>
      `            case ${quoted(`${path.slice(0, -1).join(' ')}/${path.at(-1) ?? ''}`)}\n                set at ${quoted(path.join(' '))}`,
  )
  .join('\n')}
        end
    end
    test "$at" = "$argv[1]"
end
complete -c lifeboat -f
${all.flatMap(placeLines).join('\n')}
`;
}

function placeLines(command: CompletedCommand): string[] {
  const at = `complete -c lifeboat -n ${quoted(`__lifeboat_at ${quoted(placeOf(command))}`)}`;
  const { commands, options, argument } = command;
  return [
    ...commands.map(({ name, description }) => `${at} -a ${quoted(name)} -d ${quoted(description)}`),
    ...argument.values.map((value) => `${at} -a ${quoted(value)}`),
    ...(argument.takesFile ? [`${at} -F`] : []),
    ...options.map(
      (option) =>
        `${at} -l ${option.flag.replace(/^--/, '')}${valueOf(option)} -d ${quoted(option.description)}`,
    ),
  ];
}

function valueOf({ takesValue, values, source }: CompletedOption): string {
  if (!takesValue) return '';
  if (source === 'files') return ' -r -F';
  if (source === undefined) return values.length === 0 ? ' -x' : ` -x -a ${quoted(values.join(' '))}`;
  return ` -x -a ${quoted(`(lifeboat ${valuesCommand} ${source} 2>/dev/null)`)}`;
}

/** In single quotes fish knows two escapes, of the quote and of the backslash. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
