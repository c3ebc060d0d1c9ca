/** `ccdispatch accounts test`: one tiny real call with the agent's own program under the account. */

import type { App } from '../app.ts';
import { callWith } from '../app-accounts.ts';
import { printJson, printText } from './output.ts';

export async function run(app: App, flags: { json?: boolean }, name: string): Promise<number> {
  const accounts = await app.openAccounts();
  const outcome = await callWith(app, accounts.get(name));
  if (flags.json) printJson(app, { name, ok: outcome.isOk, text: outcome.text, status: outcome.status });
  else if (outcome.isOk) printText(app, `${name}: ok\n`);
  else printText(app, `${name}: failed${outcome.status === null ? '' : ` (${outcome.status})`}: ${outcome.text}\n`);
  return outcome.isOk ? 0 : 1;
}
