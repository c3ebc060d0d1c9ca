/** The commands about accounts: the credentials that agents work with, and how they take turns. */

import type { Command } from 'commander';
import { action } from './action.ts';
import type { AccountsExportFlags } from './commands/accounts-export.ts';
import type { AccountFlags } from './commands/accounts-given.ts';
import type { AccountsImportFlags } from './commands/accounts-import.ts';

type JsonFlag = { json?: boolean };

const collect = (value: string, before: string[] = []) => [...before, value];

/** What an account is made of, the same for `add` and `edit`. */
function addAccountOptions(command: Command): Command {
  return command
    .option('--api-key <dash>', 'a dash: the key comes on standard input')
    .option('--auth-token <dash>', 'a dash: the token comes on standard input')
    .option('--base-url <url>', "the service's address, where it is not the agent's own")
    .option('--config-dir <path>', "a folder that holds a login of the agent's own")
    .option('--login', "log in with the agent's own program, in a folder of the account")
    .option('--env <NAME=value>', 'a variable for the agent; may be given again', collect)
    .option('--secret-env <NAME=->', 'the same with a secret, which comes on standard input', collect)
    .option('--priority <n>', '0 to 100, the highest goes first; 5 by default')
    .option('--group <name>', 'for those who are restricted to a group')
    .option('--model <model>', 'for tasks that name none')
    .option('--max-runs <n>', 'runs at once')
    .option('--time-zone <zone>', 'whose midnight begins a day of its counters');
}

export function addAccountCommands(program: Command): void {
  const accounts = program
    .command('accounts')
    .description('credentials that agents work with in turn; alone: list them')
    .option('--json', 'print JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-list.ts')));
  accounts
    .command('list', { isDefault: false })
    .description('which there are, whether each can be used, and what it did today')
    .option('--json', 'print JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-list.ts')));
  addAccountOptions(accounts.command('add <name>'))
    .description('make an account; secrets come on standard input, never as arguments')
    .option('--agent <agent>', 'the agent that it is for')
    .option('--json', 'print the account as JSON')
    .action(action<AccountFlags>(() => import('./commands/accounts-add.ts')));
  addAccountOptions(accounts.command('edit <name>'))
    .description('change an account')
    .option('--clear <what...>', 'take away: base-url, api-key, group, model, …, or a variable')
    .option('--json', 'print the account as JSON')
    .action(action<AccountFlags>(() => import('./commands/accounts-edit.ts')));
  addAccountActs(accounts);
  addAccountFiles(accounts);
}

function addAccountActs(accounts: Command): void {
  accounts
    .command('show <name>')
    .description('all there is to say of an account, secrets masked')
    .option('--json', 'print JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-show.ts')));
  accounts
    .command('test <name>')
    .description("try an account with one tiny call of the agent's own program")
    .option('--json', 'print JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-test.ts')));
  accounts
    .command('enable <name>')
    .description('let runs use it again')
    .option('--json', 'print the account as JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-enable.ts')));
  accounts
    .command('disable <name>')
    .description('let no new run use it')
    .option('--json', 'print the account as JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-disable.ts')));
  accounts
    .command('reset <name>')
    .description('forget its limits, so that it is tried at once')
    .option('--json', 'print the account as JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-reset.ts')));
  accounts
    .command('remove <name>')
    .description('take it away, with its counters and its own login')
    .option('--json', 'print JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-remove.ts')));
}

function addAccountFiles(accounts: Command): void {
  accounts
    .command('stats')
    .description('runs, success, cost, tokens and limits of each account, today and in all')
    .option('--json', 'print JSON')
    .action(action<JsonFlag>(() => import('./commands/accounts-stats.ts')));
  accounts
    .command('export <file>')
    .description('write all accounts into a file, secrets masked')
    .option('--secrets', 'take the secrets along, all sealed with a passphrase')
    .option('--force', 'replace a file that is there')
    .option('--json', 'print JSON')
    .action(action<AccountsExportFlags>(() => import('./commands/accounts-export.ts')));
  accounts
    .command('import <file>')
    .description('put the accounts of an export in place, all or none')
    .option('--replace', 'replace accounts of the same names')
    .option('--json', 'print JSON')
    .action(action<AccountsImportFlags>(() => import('./commands/accounts-import.ts')));
}
