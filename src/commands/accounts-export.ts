/** `ccdispatch accounts export`: writes accounts into a file, secrets masked, or all of it sealed with a passphrase. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { renderExport } from '../lib/accounts/exchange.ts';
import { fail } from '../lib/errors/errors.ts';
import { readNewPassphrase } from './accounts-secrets.ts';
import { printJson } from './output.ts';

export interface AccountsExportFlags {
  secrets?: boolean;
  force?: boolean;
  json?: boolean;
}

export async function run(app: App, flags: AccountsExportFlags, file: string): Promise<void> {
  const path = resolve(app.cwd, file);
  if (app.files.stat(path) && !flags.force) {
    fail('usage', `${path} is there already.`, 'Name another file, or replace it with --force.');
  }
  const accounts = await app.openAccounts();
  const all = accounts.list().map((account) => ({ account, secrets: accounts.secretsOf(account) }));
  if (all.length === 0)
    fail('not-found', 'There are no accounts.', 'Add one with: ccdispatch accounts add <name> --api-key -');
  const passphrase = flags.secrets ? await readNewPassphrase(app) : null;
  const text = renderExport({ accounts: all, passphrase, now: app.clock.now() });
  await app.files.replace(path, text);
  const names = all.map(({ account }) => account.name);
  if (flags.json) return printJson(app, { path, accounts: names, secrets: flags.secrets ? 'sealed' : 'masked' });
  const how = flags.secrets
    ? 'sealed with the passphrase'
    : 'without their secrets (--secrets takes them along, sealed)';
  app.terminal.say(`${path}: ${names.join(', ')}, ${how}.\n`);
  const logins = all.filter(({ account }) => account.credentials.login).map(({ account }) => account.name);
  if (logins.length > 0) app.terminal.say(`Logins stay on this machine: ${logins.join(', ')}.\n`);
}
