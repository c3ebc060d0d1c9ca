/** The commands that look after an installation: set-up, health, history, clean-up. */

import { Argument, type Command, Option } from 'commander';
import { action } from './action.ts';
import type { CleanupFlags } from './commands/cleanup.ts';
import type { ConfigPathFlags } from './commands/config-path.ts';
import type { ConfigShowFlags } from './commands/config-show.ts';
import type { ConfigValidateFlags } from './commands/config-validate.ts';
import type { DoctorFlags } from './commands/doctor.ts';
import type { HistoryFlags } from './commands/history.ts';
import type { InitFlags } from './commands/init.ts';
import type { StatsFlags } from './commands/stats.ts';

export function addOperationCommands(program: Command): void {
  addInitCommand(program);
  addHistoryCommands(program);
  addUpkeepCommands(program);
  addConfigCommands(program);
  addCompletionCommand(program);
}

function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('write a first config file, put hooks into a Claude settings file, print a systemd unit')
    .option('--config-path <file>', 'write the config here; default: config.yaml in the home')
    .option('--force', 'replace a config file that is there; the old one is kept beside it')
    .option('--claude-settings <file>', 'let sessions that use this settings file tell your chat when they stop')
    .addOption(new Option('--undo', 'take our hooks out of it again').conflicts(['force', 'configPath']))
    .addOption(
      new Option('--systemd [process]', 'print a unit for systemd, write nothing')
        .choices(['worker', 'bot'])
        .preset('worker'),
    )
    .option('--print', 'print what would be written, write nothing')
    .option('--json', 'print what was done as JSON')
    .action(action<InitFlags>(() => import('./commands/init.ts')));
}

function addHistoryCommands(program: Command): void {
  program
    .command('history')
    .description('list the runs that have ended, newest first')
    .option('--limit <n>', 'at most so many', '20')
    .option('--chat <id>', 'only of this chat; `local` for tasks without one')
    .option('--user <id>', 'only of this user')
    .option('--since <duration>', 'only what ended within 12h, 7d, …')
    .option('--failed', 'only failed ones')
    .option('--rebuild', 'make the history anew from the task folders')
    .option('--json', 'print JSON')
    .action(action<HistoryFlags>(() => import('./commands/history.ts')));
  program
    .command('stats')
    .description('show how many runs ended how, their cost, tokens and times')
    .option('--since <duration>', 'what ended within 24h, 30d, …', '30d')
    .addOption(new Option('--by <what>', 'a line for each').choices(['day', 'user', 'agent', 'chat']))
    .option('--json', 'print JSON')
    .action(action<StatsFlags>(() => import('./commands/stats.ts')));
}

function addUpkeepCommands(program: Command): void {
  program
    .command('cleanup')
    .description('remove tasks that ended long ago, with their workspaces and messages')
    .option('--dry-run', 'show what would be removed')
    .option('--older-than <duration>', 'tasks that ended so long ago', '30d')
    .option('--keep-failed', 'keep failed tasks')
    .option('--max-size <size>', 'remove further ended tasks, oldest first, until the home is below 5GB, …')
    .option('--force-workspaces', 'remove workspaces although their repositories hold unsaved work')
    .option('--json', 'print JSON')
    .action(action<CleanupFlags>(() => import('./commands/cleanup.ts')));
  program
    .command('doctor')
    .description('look for what is wrong, and name the command that mends it')
    .option('--json', 'print JSON')
    .action(action<DoctorFlags>(() => import('./commands/doctor.ts')));
}

function addConfigCommands(program: Command): void {
  const config = program.command('config').description('look at the settings and check them');
  config
    .command('show')
    .description('show every setting with its value and origin, secrets masked')
    .option('--json', 'print JSON')
    .action(action<ConfigShowFlags>(() => import('./commands/config-show.ts')));
  config
    .command('path')
    .description('print the path of the config file')
    .option('--json', 'print JSON')
    .action(action<ConfigPathFlags>(() => import('./commands/config-path.ts')));
  config
    .command('validate')
    .description('check the settings; names all faults')
    .option('--json', 'print JSON')
    .action(action<ConfigValidateFlags>(() => import('./commands/config-validate.ts')));
}

function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description("print a script that completes this program's commands in a shell")
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(
      action(async () => {
        const { completionOf } = await import('./commands/completion.ts');
        return { run: completionOf(program) };
      }),
    );
}
