/** `ccdispatch accounts edit`: changes an account; secrets come from standard input. */

import type { App } from '../app.ts';
import { logIn } from '../app-accounts.ts';
import { fail } from '../lib/errors/errors.ts';
import { type AccountFlags, givenChange } from './accounts-given.ts';
import { printAccount } from './accounts-shown.ts';

export async function run(app: App, flags: AccountFlags, name: string): Promise<void> {
  const accounts = await app.openAccounts();
  const change = await givenChange(app, flags);
  if (Object.keys(change).length === 0) {
    fail(
      'usage',
      'Nothing is said about the account.',
      'Say what changes: --priority 9, --api-key -, --clear group, …',
    );
  }
  const account = await accounts.edit(name, change);
  // Other credentials begin without the refusals of the old ones.
  const isNewLogin = change.api_key || change.auth_token || change.secret_env || change.base_url || change.login;
  if (change.login) await logIn(app, account);
  if (isNewLogin) await accounts.forgive(name);
  printAccount(app, accounts, account, flags.json === true, `${name} is changed.`);
}
