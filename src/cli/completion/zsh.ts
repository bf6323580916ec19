/** The completion script for zsh, with descriptions. */
import type { CompletedCommand, CompletedOption } from './definition.ts';
import { commandCases, placeOf, quoted, valueCases, valuedPattern, valuesCommand } from './words.ts';

export function zshScript(all: readonly CompletedCommand[]): string {
  const valued = valuedPattern(all);
  return `#compdef lifeboat
# Completion of lifeboat for zsh. To have it: source <(lifeboat completion zsh), after compinit
_lifeboat() {
  local at='' word prev=\${words[CURRENT-1]} i
  local -a names flags
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case $word in
      (${valued}) ((i += 1)); continue ;;
    esac
    case "$at/$word" in
${commandCases(all)}
    esac
  done
  case "$at/$prev" in
${valueCases(all, repliesWith)}
  esac
  case $prev in
    (${valued}) return ;;
  esac
  case $at in
${all.map(placeLines).join('\n')}
  esac
}
compdef _lifeboat lifeboat
`;
}

function repliesWith({ values, source }: CompletedOption): string {
  if (source === 'files') return '_files';
  if (source === undefined) return `compadd -- ${values.map(quoted).join(' ')}`;
  return `compadd -- \${(f)"$(lifeboat ${valuesCommand} ${source} 2>/dev/null)"}`;
}

function placeLines(command: CompletedCommand): string {
  const { commands, options, argument } = command;
  const names = [
    ...commands.map(({ name, description }) => described(name, description)),
    ...argument.values.map(quoted),
  ];
  const flags = options.map(({ flag, description }) => described(flag, description));
  return `    (${quoted(placeOf(command))})
      names=(${names.join(' ')})
      flags=(${flags.join(' ')})
      if [[ \${words[CURRENT]} == -* ]]; then _describe -o option flags; else (($#names)) && _describe command names${argument.takesFile ? '; _files' : ''}; fi ;;`;
}

const described = (name: string, text: string): string => quoted(`${name}:${text.replaceAll(':', '\\:')}`);
