/** `ccdispatch users add`: lets a person in. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import type { Role } from '../lib/users/record.ts';
import { letIn } from './users-let-in.ts';
import { printPerson } from './users-shown.ts';

export interface UsersAddFlags {
  name?: string;
  role?: Role;
  json?: boolean;
}

export async function run(app: App, flags: UsersAddFlags, id: string): Promise<void> {
  const settings = await app.settings();
  const users = await app.openUsers(settings);
  if (users.find(id)?.enabled === false) {
    fail('usage', `${id} is known, and switched off.`, `Let him in again with: ccdispatch users enable ${id}`);
  }
  const change = {
    enabled: true,
    ...(flags.name ? { name: flags.name } : {}),
    ...(flags.role ? { role: flags.role } : {}),
  };
  await printPerson(app, users, await letIn(app, { users, settings }, id, change), flags.json === true);
}
