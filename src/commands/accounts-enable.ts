/** `ccdispatch accounts enable`: lets runs use an account again; refusals of its credentials are forgotten. */

import type { App } from '../app.ts';
import { printAccount } from './accounts-shown.ts';

export async function run(app: App, flags: { json?: boolean }, name: string): Promise<void> {
  const accounts = await app.openAccounts();
  const account = await accounts.edit(name, { active: true });
  await accounts.forgive(name);
  printAccount(app, accounts, account, flags.json === true, `${name} is used again.`);
}
