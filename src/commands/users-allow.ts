/** `ccdispatch users allow`: lets a person use features. */

import type { App } from '../app.ts';
import { parseFeature } from '../lib/users/features.ts';
import { shellUser } from '../lib/users/store.ts';
import { printPerson } from './users-shown.ts';

export async function run(app: App, flags: { json?: boolean }, id: string, ...names: string[]): Promise<void> {
  const allow = names
    .flatMap((name) => name.split(','))
    .filter(Boolean)
    .map(parseFeature);
  const users = await app.openUsers(await app.settings());
  await printPerson(app, users, await users.change(id, { allow }, shellUser), flags.json === true);
}
