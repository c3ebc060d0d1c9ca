/** What is remembered of chats: the ids that a supergroup had while it was a group. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';

export interface Chats {
  /** Ids that the chat had before. */
  formerIds(chatId: string): readonly string[];
  /** The group has another id from now on; durable when it returns. */
  migrate(fromId: string, toId: string): Promise<void>;
}

interface ChatsFile {
  schema_version: 1;
  /** The id now, by the one before. */
  migrated: Record<string, string>;
}

export function openChats(files: Files, paths: Paths, botId: string): Chats {
  const path = join(paths.inbox(botId), 'chats.json');
  let migrated = load(files, path);
  return {
    formerIds(chatId) {
      const before = Object.keys(migrated).filter((id) => migrated[id] === chatId);
      return before;
    },
    async migrate(fromId, toId) {
      if (migrated[fromId] === toId) return;
      // Whoever led to the old id leads to the new one now.
      const next = Object.fromEntries(Object.entries(migrated).map(([from, to]) => [from, to === fromId ? toId : to]));
      migrated = { ...next, [fromId]: toId };
      await files.replace(path, `${JSON.stringify({ schema_version: 1, migrated } satisfies ChatsFile)}\n`);
    },
  };
}

function load(files: Files, path: string): Record<string, string> {
  try {
    return (JSON.parse(files.read(path) ?? '{}') as Partial<ChatsFile>).migrated ?? {};
  } catch {
    return {};
  }
}
