/** `ccdispatch users enable`: lets a person in again who was switched off. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import { shellUser } from '../lib/users/store.ts';
import { printPerson } from './users-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const users = await app.openUsers(await app.settings());
  if (!users.find(id)) fail('not-found', `${id} is not known.`, `Let him in with: ccdispatch users add ${id}`);
  await printPerson(app, users, await users.change(id, { enabled: true }, shellUser), flags.json === true);
}
