/** `ccdispatch accounts list`: which accounts there are, whether each can be used, and what it did today. */

import type { App } from '../app.ts';
import { printAccounts } from './accounts-shown.ts';

export async function run(app: App, flags: { json?: boolean }): Promise<number> {
  return await printAccounts(app, await app.openAccounts(), flags.json === true);
}
