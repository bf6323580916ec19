/** What can be completed: the program's own commands and options, taken from its definition and from nowhere else. */
import type { Command, Option } from 'commander';

/** Where the values of an option come from, beside those that the definition lists. */
export type ValueSource = 'systems' | 'regions' | 'identities' | 'files';

export interface CompletedOption {
  /** `--wait`. */
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
  readonly source: ValueSource | undefined;
}

/** One command with what may follow it. */
export interface CompletedCommand {
  /** The words that lead to it; none for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  /** Values of its first argument. */
  readonly argument: { readonly values: readonly string[]; readonly takesFile: boolean };
}

const sources: Readonly<Record<string, ValueSource>> = {
  '--system': 'systems',
  '--region': 'regions',
  '--as': 'identities',
};

/** Every command of a program, the program itself first. */
export function completedCommands(program: Command): CompletedCommand[] {
  return walk(program, [], program.options);
}

function walk(command: Command, path: readonly string[], inherited: readonly Option[]): CompletedCommand[] {
  const children = visibleCommands(command);
  const options = [...command.options, ...inherited, ...optionsOfDefault(command)].filter(
    (one) => !one.hidden,
  );
  const [argument] = command.registeredArguments;
  const own: CompletedCommand = {
    path,
    commands: children.map((one) => ({ name: one.name(), description: one.description() })),
    options: [...uniqueFlags(options.map(completedOption)), help],
    argument: { values: argument?.argChoices ?? [], takesFile: argument?.name() === 'file' },
  };
  return [own, ...children.flatMap((child) => walk(child, [...path, child.name()], inherited))];
}

/** Those of the help, without the help command itself, which takes any of them. */
function visibleCommands(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

/** A group takes the options of the command that it stands for. */
function optionsOfDefault(command: Command): readonly Option[] {
  const { _defaultCommandName: name } = command as unknown as {
    readonly _defaultCommandName?: string | null;
  };
  return command.commands.find((one) => one.name() === name)?.options ?? [];
}

const help: CompletedOption = {
  ...{ flag: '--help', description: 'show this help', takesValue: false, values: [], source: undefined },
};

function completedOption(option: Option): CompletedOption {
  const flag = option.long ?? option.flags;
  const takesValue = option.required || option.optional;
  const isFile = /<(?:file|folder)>/.test(option.flags);
  return {
    ...{ flag, description: option.description, takesValue, values: option.argChoices ?? [] },
    source: takesValue ? (sources[flag] ?? (isFile ? 'files' : undefined)) : undefined,
  };
}

const uniqueFlags = (options: readonly CompletedOption[]): CompletedOption[] => [
  ...new Map(options.map((one) => [one.flag, one])).values(),
];
