/** The tree of commands. Each one's module is imported only when it runs. */

import { Command } from 'commander';
import { version } from './lib/config/version.ts';
import { addAccountCommands } from './program-accounts.ts';
import { addOperationCommands } from './program-operations.ts';
import { addPeopleCommands } from './program-people.ts';
import { addSessionCommands } from './program-sessions.ts';
import { addTaskCommands } from './program-tasks.ts';
import { addWorktreeCommands } from './program-worktrees.ts';

/** The whole command line. Parsing throws commander's errors instead of exiting. */
export function createProgram(): Command {
  const program = new Command('ccdispatch')
    .description('Runs coding agents for people who are away from their desk.')
    .version(version, '-V, --version', 'print the version')
    .option('--config <path>', 'read the settings from this file')
    .option('--verbose', 'show the stack of errors')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ sortSubcommands: false });
  addTaskCommands(program);
  addPeopleCommands(program);
  addSessionCommands(program);
  addAccountCommands(program);
  addWorktreeCommands(program);
  addOperationCommands(program);
  return program;
}
