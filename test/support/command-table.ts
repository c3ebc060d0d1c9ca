// Compares the command table of a README with the commands that the program really has.

import type { Command } from 'commander';

/** The commands that do something, as words after the program's name: `tasks list`, not `tasks`; hidden ones left out. */
export function listCommands(program: Command, trail: string[] = []): string[] {
  const visible = program.createHelp().visibleCommands(program);
  return visible
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const words = [...trail, command.name()];
      return command.commands.length > 0 ? listCommands(command, words) : [words.join(' ')];
    });
}

/**
 * The first cells of the table's rows under the heading that speaks of commands, in English or Chinese, as they are written:
 * `ccdispatch config show\|path\|validate` stays one row. Throws when there is no such table.
 */
export function readCommandRows(markdown: string): string[] {
  const section = /^(#{2,}) .*(?:commands|命令).*\n([\s\S]*?)(?=^#{1,2} |(?![\s\S]))/im.exec(markdown)?.[2] ?? '';
  const rows = Array.from(section.matchAll(/^\| *`ccdispatch +((?:\\.|[^`\\])+)`/gm), (match) =>
    (match[1] ?? '').replaceAll('\\|', '|'),
  );
  if (rows.length === 0)
    throw new Error('there is no table whose rows begin with | `ccdispatch …` under a heading "Commands"');
  return rows;
}

/** Gives a line for each command that the rows leave out and each row that names no command. */
export function compareCommands(rows: string[], program: Command): string[] {
  const documented = new Set<string>();
  const unknown: string[] = [];
  for (const row of rows) {
    const found = commandsOfRow(row.split(/\s+/), program);
    if (found.length === 0) unknown.push(`the table has \`ccdispatch ${row}\`, the program does not`);
    for (const words of found) documented.add(words);
  }
  const missing = listCommands(program).filter((words) => !documented.has(words));
  return [...unknown, ...missing.map((words) => `the program has \`ccdispatch ${words}\`, the table does not`)];
}

/** Follows a row's words down the command tree until a word is no command (an argument or an option). */
function commandsOfRow(words: string[], parent: Command, trail: string[] = []): string[] {
  const [first = '', ...rest] = words;
  const children = first.split('|').map((word) => parent.commands.find((command) => command.name() === word));
  if (children.some((child) => child === undefined))
    return trail.length > 0 && parent.commands.length === 0 ? [trail.join(' ')] : [];
  return children.flatMap((child) => (child ? commandsOfRow(rest, child, [...trail, child.name()]) : []));
}
