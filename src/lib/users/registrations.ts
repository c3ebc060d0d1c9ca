/** People who are not known: what they asked for, and that they are answered once a day. Nothing of theirs gets into `users.json`. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { dayOf } from '../format/day.ts';
import { isoNow } from '../format/instant.ts';
import { isUserId } from '../format/task-id.ts';
import { cutText, oneLine } from '../format/text.ts';

/** Somebody who asked to be let in, and whom nobody answered yet. */
export interface Registration {
  schema_version: 1;
  user_id: string;
  /** As he calls himself: one line, cut. */
  name: string;
  /** IETF tag of his client. */
  language_code: string | null;
  /** ISO instant of the first time. */
  asked_at: string;
  /** The machine's day on which the admins were asked last. */
  asked_on: string;
  /** The update that asked last: a replay of it asks once more. */
  update_id: number | null;
}

export interface RegisterRequest {
  userId: string;
  name: string;
  languageCode: string | null;
  /** The update's number, where it may come again after a crash. */
  updateId?: number | null;
}

export interface Registrations {
  /** Open ones, oldest first. */
  list(): Registration[];
  find(userId: string): Registration | null;
  /** Notes the wish, under the lock of `users.json`. `asked`: the admins are to be asked now. */
  ask(request: RegisterRequest): Promise<'asked' | 'pending' | 'full'>;
  /** The wish was answered. */
  close(userId: string): void;
  /** Sets a mark for the day: `own` where this same event has set it before, `taken` where another one has. */
  markToday(mark: string, event: string): Promise<'new' | 'own' | 'taken'>;
}

export interface RegistrationParts {
  files: Files;
  clock: Pick<Clock, 'now'>;
  paths: Pick<Paths, 'registrations'>;
  /** Whether there is nothing to ask any more. */
  isKnown(userId: string): boolean;
}

/** So many may wait for an answer; more would drown those who have to give it. */
const maxOpen = 20;
/** A wish that nobody answered for so long is forgotten. */
const openMs = 7 * 86_400_000;
/** Strangers who are answered in one day. */
const maxMarks = 5000;
const maxNameChars = 64;

export function createRegistrations({ files, clock, paths, isKnown }: RegistrationParts): Registrations {
  const folder = paths.registrations;
  const strangers = join(folder, 'strangers');
  const today = () => dayOf(clock.now(), null);
  const pathOf = (userId: string) => {
    if (!isUserId(userId)) fail('usage', `"${userId}" is not a person's id.`, 'It is a number such as 123456789.');
    return join(folder, `${userId}.json`);
  };

  function find(userId: string): Registration | null {
    if (!isUserId(userId) || isKnown(userId)) return null;
    try {
      const found = JSON.parse(files.read(pathOf(userId)) ?? 'null') as Registration | null;
      if (found?.user_id !== userId || !(clock.now() - Date.parse(found.asked_at) < openMs)) return null;
      return found;
    } catch {
      // What cannot be read was no wish; it is written anew.
      return null;
    }
  }

  const list = () =>
    files
      .list(folder)
      .flatMap((name) => (name.endsWith('.json') ? (find(name.slice(0, -'.json'.length)) ?? []) : []))
      .sort((a, b) => (a.asked_at < b.asked_at ? -1 : 1));

  function sweep(): void {
    const open = new Set([...list().map(({ user_id }) => `${user_id}.json`), 'strangers']);
    for (const name of files.list(folder)) if (!open.has(name)) files.remove(join(folder, name));
  }

  return {
    list,
    find,
    async ask({ userId, name, languageCode, updateId = null }) {
      const before = find(userId);
      if (before?.asked_on === today()) {
        return updateId !== null && before.update_id === updateId ? 'asked' : 'pending';
      }
      if (!before) {
        sweep();
        if (list().length >= maxOpen) return 'full';
      }
      const registration: Registration = {
        schema_version: 1,
        user_id: userId,
        name: cutText(oneLine(name), maxNameChars),
        language_code: languageCode,
        asked_at: before?.asked_at ?? isoNow(clock),
        asked_on: today(),
        update_id: updateId,
      };
      await files.replace(pathOf(userId), `${JSON.stringify(registration)}\n`);
      return 'asked';
    },
    close: (userId) => files.remove(pathOf(userId)),
    async markToday(mark, event) {
      const day = today();
      const yesterday = dayOf(clock.now() - 86_400_000, null);
      const days = files.list(strangers);
      for (const name of days) if (name < yesterday) files.remove(join(strangers, name));
      const path = join(strangers, day, mark);
      const before = files.read(path);
      if (before !== null) return before === event && event !== '' ? 'own' : 'taken';
      if (days.includes(day) && files.list(join(strangers, day)).length >= maxMarks) return 'taken';
      return (await files.create(path, event)) ? 'new' : 'taken';
    },
  };
}
