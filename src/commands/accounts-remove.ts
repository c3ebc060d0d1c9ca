/** `ccdispatch accounts remove`: takes an account away, with its counters and its own login. */

import type { App } from '../app.ts';
import { printJson } from './output.ts';

export async function run(app: App, flags: { json?: boolean }, name: string): Promise<void> {
  const accounts = await app.openAccounts();
  await accounts.remove(name);
  if (flags.json) printJson(app, { removed: name });
  else app.terminal.say(`${name} is removed.\n`);
}
