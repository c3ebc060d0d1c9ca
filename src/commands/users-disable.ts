/** `ccdispatch users disable`: keeps a person out, known or not. */

import type { App } from '../app.ts';
import { shellUser } from '../lib/users/store.ts';
import { printPerson } from './users-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const users = await app.openUsers(await app.settings());
  await printPerson(app, users, await users.change(id, { enabled: false }, shellUser), flags.json === true);
}
