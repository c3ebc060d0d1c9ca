/** The command line as shells complete it: commands, options and what may follow them, read from the program itself. */

import type { Command, Option } from 'commander';

/** What may stand in a place: one of some words, a path, or something that only the person knows. */
export interface CompletionValue {
  kind: 'file' | 'folder' | 'text';
  choices: readonly string[];
}

export interface CompletionOption {
  /** `-h`, `--help` */
  names: readonly string[];
  description: string;
  /** Null for an option that takes no value. */
  value: CompletionValue | null;
}

export interface CompletionNode {
  /** The words after the program's name. */
  path: readonly string[];
  description: string;
  /** Own ones and those of the whole program. */
  options: readonly CompletionOption[];
  /** What the command takes besides options, in order. */
  args: readonly CompletionValue[];
  commands: readonly CompletionNode[];
}

/** What a placeholder such as `<file>` or `[folder]` stands for. */
function kindOf(placeholder: string): CompletionValue['kind'] {
  if (/\b(folder|directory)\b/.test(placeholder)) return 'folder';
  return /\b(file|path)\b/.test(placeholder) ? 'file' : 'text';
}

function describeOption(option: Option): CompletionOption {
  const takesValue = option.required || option.optional;
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    value: takesValue ? { kind: kindOf(option.flags), choices: option.argChoices ?? [] } : null,
  };
}

/** The tree below a command; `global` are options that are understood everywhere below it. */
export function describeTree(
  command: Command,
  path: readonly string[] = [],
  global: readonly CompletionOption[] = [],
): CompletionNode {
  const help = command.createHelp();
  const own = help.visibleOptions(command).map(describeOption);
  const known = new Set(own.flatMap(({ names }) => names));
  const options = [...own, ...global.filter(({ names }) => !names.some((name) => known.has(name)))];
  const passedOn = path.length === 0 ? own.filter(({ names }) => !names.includes('--version')) : global;
  const children = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  return {
    path,
    description: command.description(),
    options,
    args: command.registeredArguments.map((argument) => ({
      kind: kindOf(argument.name()),
      choices: argument.argChoices ?? [],
    })),
    commands: children.map((child) => describeTree(child, [...path, child.name()], passedOn)),
  };
}

/** The node and all below it, in the order of the help. */
export function allNodes(node: CompletionNode): CompletionNode[] {
  return [node, ...node.commands.flatMap(allNodes)];
}

export const nameOf = (node: CompletionNode) => node.path.at(-1) ?? '';

/** Options that take a value, by all their names. */
export function valueOptions(node: CompletionNode): { name: string; value: CompletionValue }[] {
  return node.options.flatMap(({ names, value }) => (value ? names.map((name) => ({ name, value })) : []));
}
