/** `ccdispatch users approve`: lets a person in who asked for it. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import { letIn } from './users-let-in.ts';
import { printPerson } from './users-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const settings = await app.settings();
  const users = await app.openUsers(settings);
  const known = users.find(id);
  if (known?.enabled === false) {
    fail('usage', `${id} is known, and switched off.`, `Let him in again with: ccdispatch users enable ${id}`);
  }
  if (!known && !users.registrations().some(({ user_id }) => user_id === id)) {
    fail('not-found', `${id} did not ask to be let in.`, `Let him in all the same with: ccdispatch users add ${id}`);
  }
  await printPerson(app, users, await letIn(app, { users, settings }, id, { enabled: true }), flags.json === true);
}
