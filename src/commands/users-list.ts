/** `ccdispatch users list`: who is known, what each may do and has used today, and who waits to be let in. */

import type { App } from '../app.ts';
import { exitCodes } from '../lib/errors/errors.ts';
import { renderFault } from '../lib/users/people-file.ts';
import { printPeople } from './users-shown.ts';

export interface UsersListFlags {
  json?: boolean;
}

export async function run(app: App, flags: UsersListFlags): Promise<number> {
  const users = await app.openUsers(await app.settings());
  const [people, waiting, fault] = [users.list(), users.registrations(), users.fault()];
  if (flags.json || people.length + waiting.length > 0) {
    await printPeople(app, users, people, waiting, flags.json === true);
  } else if (!fault) {
    app.terminal.say('Nobody may use the bot. Let somebody in with: ccdispatch users add <id>\n');
  }
  if (!fault) return 0;
  app.terminal.say(`ccdispatch: ${renderFault(fault)}\n`);
  return exitCodes.config;
}
