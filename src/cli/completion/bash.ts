/** The completion script for bash. */
import type { CompletedCommand, CompletedOption } from './definition.ts';
import { commandCases, placeOf, quoted, valueCases, valuedPattern, valuesCommand } from './words.ts';

/** A function that bash calls for each completion; it starts no process but for systems, regions and identities. */
export function bashScript(all: readonly CompletedCommand[]): string {
  return `# Completion of lifeboat for bash. To have it: source <(lifeboat completion bash)
_lifeboat() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' word i
  # --option=value comes in three words.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${valuedPattern(all)}) ((i += 1)); [[ \${COMP_WORDS[i]} == = ]] && ((i += 1)); continue ;;
    esac
    case "$at/$word" in
${commandCases(all)}
    esac
  done
  COMPREPLY=()
  case "$at/$prev" in
${valueCases(all, repliesWith)}
  esac
  case $prev in
    ${valuedPattern(all)}) return ;;
  esac
  case $at in
${all.map((command) => `    ${quoted(placeOf(command))}) ${wordsOf(command)} ;;`).join('\n')}
  esac
}
complete -o bashdefault -F _lifeboat lifeboat
`;
}

const words = (list: string): string => `COMPREPLY=($(compgen -W ${list} -- "$cur"))`;

function repliesWith({ values, source }: CompletedOption): string {
  if (source === 'files') return 'COMPREPLY=($(compgen -f -- "$cur"))';
  return words(
    source === undefined ? quoted(values.join(' ')) : `"$(lifeboat ${valuesCommand} ${source} 2>/dev/null)"`,
  );
}

/** Commands and values where a word is expected, options where one is begun. */
function wordsOf({ commands, options, argument }: CompletedCommand): string {
  const flags = words(quoted(options.map(({ flag }) => flag).join(' ')));
  const names = [...commands.map(({ name }) => name), ...argument.values];
  const files = argument.takesFile ? ' COMPREPLY+=($(compgen -f -- "$cur"));' : '';
  const other = names.length === 0 ? '' : ` ${words(quoted(names.join(' ')))};`;
  return `if [[ $cur == -* ]]; then ${flags}; else :;${other}${files} fi`;
}
