/** `ccdispatch users deny`: takes features from a person. */

import type { App } from '../app.ts';
import { parseFeature } from '../lib/users/features.ts';
import { shellUser } from '../lib/users/store.ts';
import { printPerson } from './users-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string, ...names: string[]): Promise<void> {
  const deny = names
    .flatMap((name) => name.split(','))
    .filter(Boolean)
    .map(parseFeature);
  const users = await app.openUsers(await app.settings());
  await printPerson(app, users, await users.change(id, { deny }, shellUser), flags.json === true);
}
