/** What `ccdispatch users add` and `approve` have in common: who asked in a chat to be let in hears of it there. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { botIdOf, openOutbox } from '../app-runs.ts';
import type { Settings } from '../lib/config/schema.ts';
import { noticeKey } from '../lib/outbox/entry.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { languageOf } from '../lib/telegram/languages.ts';
import type { UserChange } from '../lib/users/change.ts';
import type { Person } from '../lib/users/record.ts';
import { shellUser, type Users } from '../lib/users/store.ts';

/** Lets a person in, and gives him as he is then. */
export async function letIn(
  app: App,
  { users, settings }: { users: Users; settings: Settings },
  id: string,
  change: UserChange,
): Promise<Person> {
  const asking = users.registrations().find(({ user_id }) => user_id === id);
  const person = await users.change(id, change, shellUser);
  if (!asking || !person.enabled) return person;
  const language = languageOf(person.language, asking.language_code, settings.language);
  const notification = { kind: 'admitted' } as const;
  const entry = { chat_id: id, thread_id: null, reply_to: null, language, notification };
  await openOutbox(app, settings).announce(entry, noticeKey(notification, Date.parse(asking.asked_at)));
  // Where no bot lives somebody has to send it.
  if (botIdOf(settings) !== null) ensureWorker(wakeParts(app));
  return person;
}
