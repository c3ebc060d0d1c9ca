/** `ccdispatch accounts reset`: forgets the limits and refusals of an account, so that it is tried at once. */

import type { App } from '../app.ts';
import { printAccount } from './accounts-shown.ts';

export async function run(app: App, flags: { json?: boolean }, name: string): Promise<void> {
  const accounts = await app.openAccounts();
  await accounts.reset(name);
  printAccount(app, accounts, accounts.get(name), flags.json === true, `${name} has no limits any more.`);
}
