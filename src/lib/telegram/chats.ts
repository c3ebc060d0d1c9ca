/** What is remembered of chats and people: ids that a supergroup had while it was a group, and the languages of clients. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Log } from '../adapters/log.ts';
import type { Paths } from '../config/paths.ts';

export interface Chats {
  /** Ids that the chat had before. */
  formerIds(chatId: string): readonly string[];
  /** The group has another id from now on; durable when it returns. */
  migrate(fromId: string, toId: string): Promise<void>;
  /** The language tag of a person's client, as it was when he was heard last; null where that is not known. */
  clientLanguage(userId: string): string | null;
  /** A person's client was heard; kept in the background, so that the latest second of it may be lost. */
  noteClientLanguage(userId: string, tag: string | null): void;
}

interface ChatsFile {
  schema_version: 1;
  /** The id now, by the one before. */
  migrated: Record<string, string>;
  /** By the person's id. */
  languages: Record<string, string>;
}

export interface ChatsParts {
  files: Files;
  paths: Pick<Paths, 'inbox'>;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
}

/** Languages are written at most so often: the file holds those of everybody. */
const languagesGapMs = 1000;

export function openChats({ files, paths, clock, log }: ChatsParts, botId: string): Chats {
  const path = join(paths.inbox(botId), 'chats.json');
  const known = load(files, path);
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;

  /** One after the other; what changes while one is written goes into the next, all of it at once. */
  const save = (): Promise<void> => {
    if (next) return next;
    next = writing.then(() => {
      next = null;
      return files.replace(path, `${JSON.stringify(known)}\n`);
    });
    writing = next.catch(() => {});
    return next;
  };

  let isResting = false;
  let isChanged = false;
  const saveLanguages = async (): Promise<void> => {
    isChanged = true;
    if (isResting) return;
    isResting = true;
    while (isChanged) {
      isChanged = false;
      await save().catch((error) => log.warn({ error: String(error) }, 'the language of a client could not be kept'));
      await clock.sleep(languagesGapMs);
    }
    isResting = false;
  };

  return {
    formerIds: (chatId) => Object.keys(known.migrated).filter((id) => known.migrated[id] === chatId),
    async migrate(fromId, toId) {
      if (known.migrated[fromId] === toId) return;
      // Whoever led to the old id leads to the new one now.
      for (const [from, to] of Object.entries(known.migrated)) if (to === fromId) known.migrated[from] = toId;
      known.migrated[fromId] = toId;
      await save();
    },
    clientLanguage: (userId) => known.languages[userId] ?? null,
    noteClientLanguage(userId, tag) {
      if (tag === null || known.languages[userId] === tag) return;
      known.languages[userId] = tag;
      void saveLanguages();
    },
  };
}

/** The texts of an object; of anything else none. */
function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string'));
}

/** A file that does not parse is begun anew: what it held is found out again in time. */
function load(files: Files, path: string): ChatsFile {
  let found: Partial<ChatsFile> | null = null;
  try {
    found = JSON.parse(files.read(path) ?? 'null') as Partial<ChatsFile> | null;
  } catch {
    // Torn or edited by hand.
  }
  return { schema_version: 1, migrated: textsOf(found?.migrated), languages: textsOf(found?.languages) };
}
