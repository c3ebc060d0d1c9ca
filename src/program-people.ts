/** The commands about people: who may use the bot, and how much. */

import { type Command, Option } from 'commander';
import { action } from './action.ts';
import type { UsersAddFlags } from './commands/users-add.ts';
import type { UsersAuditFlags } from './commands/users-audit.ts';
import type { UsersListFlags } from './commands/users-list.ts';
import type { UsersQuotaFlags } from './commands/users-quota.ts';

export function addPeopleCommands(program: Command): void {
  addUserCommands(program);
}

function addUserCommands(program: Command): void {
  const users = program
    .command('users')
    .description('who may use the bot, and how much; alone: list them')
    .option('--json', 'print JSON')
    .action(action<UsersListFlags>(() => import('./commands/users-list.ts')));
  users
    .command('list', { isDefault: false })
    .description('who is known, what each may do and has used today, and who asks to be let in')
    .option('--json', 'print JSON')
    .action(action<UsersListFlags>(() => import('./commands/users-list.ts')));
  users
    .command('add <id>')
    .description('let a person in, by his Telegram id')
    .option('--name <name>', 'how lists call him')
    .addOption(new Option('--role <role>', 'user, or admin: may let others in').choices(['user', 'admin']))
    .option('--json', 'print the person as JSON')
    .action(action<UsersAddFlags>(() => import('./commands/users-add.ts')));
  users
    .command('approve <id>')
    .description('let a person in who asked for it with /register')
    .option('--json', 'print the person as JSON')
    .action(action<{ json?: boolean }>(() => import('./commands/users-approve.ts')));
  users
    .command('disable <id>')
    .description('keep a person out, known or not')
    .option('--json', 'print the person as JSON')
    .action(action<{ json?: boolean }>(() => import('./commands/users-disable.ts')));
  users
    .command('enable <id>')
    .description('let a person in again')
    .option('--json', 'print the person as JSON')
    .action(action<{ json?: boolean }>(() => import('./commands/users-enable.ts')));
  addRightsCommands(users);
}

function addRightsCommands(users: Command): void {
  users
    .command('quota <id>')
    .description('limit what a person may use; "none" lifts a limit')
    .option('--daily <number>', 'tasks a day')
    .option('--cost-usd <amount>', 'dollars a day; ends no run')
    .option('--tokens <number>', 'tokens a day; ends no run')
    .option('--concurrent <number>', 'tasks that wait or run at once')
    .option('--time-zone <zone>', 'whose midnight begins a day, such as Asia/Shanghai')
    .option('--json', 'print the person as JSON')
    .action(action<UsersQuotaFlags>(() => import('./commands/users-quota.ts')));
  users
    .command('allow <id> <features...>')
    .description('let a person use features: ali, agent-teams, yolo, repo, files, approve, codex')
    .option('--json', 'print the person as JSON')
    .action(action<{ json?: boolean }>(() => import('./commands/users-allow.ts')));
  users
    .command('deny <id> <features...>')
    .description('take features from a person')
    .option('--json', 'print the person as JSON')
    .action(action<{ json?: boolean }>(() => import('./commands/users-deny.ts')));
  users
    .command('audit')
    .description('what was changed and refused, the latest first')
    .option('--limit <number>', 'so many lines at most', '20')
    .option('--user <id>', 'only about this person')
    .option('--json', 'print JSON')
    .action(action<UsersAuditFlags>(() => import('./commands/users-audit.ts')));
}
