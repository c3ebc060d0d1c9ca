/** `ccdispatch accounts disable`: no new run uses the account; those at work go on. */

import type { App } from '../app.ts';
import { printAccount } from './accounts-shown.ts';

export async function run(app: App, flags: { json?: boolean }, name: string): Promise<void> {
  const accounts = await app.openAccounts();
  const account = await accounts.edit(name, { active: false });
  printAccount(app, accounts, account, flags.json === true, `${name} is used by no new run.`);
}
