/** The dialogues that are open, and those that were just now, each in a file of its own. One process writes here: who holds the bot's lock. */

import { join } from 'node:path';
import type { Safe } from '../../accounts/vault.ts';
import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Log } from '../../adapters/log.ts';
import type { Paths } from '../../config/paths.ts';
import { removeUnfinished } from '../intake/inbox.ts';
import type { Privacy } from '../intake/privacy.ts';
import { privateChatOf } from '../read-update.ts';
import { beginDialogue, type Dialogue, endDialogue, isOver, parseDialogue } from './dialogue.ts';

export interface Dialogues {
  /** The person's dialogue, open or not long over; null for none. */
  find(userId: string): Dialogue | null;
  all(): Dialogue[];
  /** Durable when it returns. */
  save(dialogue: Dialogue): Promise<void>;
  /** Takes away what is over and not to be remembered any more. */
  remove(userId: string): void;
  /** Runs work about a person's dialogue after all earlier work about it. */
  inTurn<T>(userId: string, work: () => Promise<T>): Promise<T>;
}

export interface DialoguesParts {
  files: Files;
  paths: Pick<Paths, 'inbox'>;
  clock: Pick<Clock, 'now'>;
  log: Log;
}

/** Opens them as an earlier process left them; for who holds the bot's lock. */
export function openDialogues({ files, paths, clock, log }: DialoguesParts, botId: string): Dialogues {
  const folder = join(paths.inbox(botId), 'dialogues');
  const pathOf = (userId: string) => join(folder, `${userId}.json`);
  const known = new Map<string, Dialogue>();
  removeUnfinished(files, folder);
  for (const name of files.list(folder)) {
    const userId = /^(\d{1,20})\.json$/.exec(name)?.[1];
    if (userId === undefined) continue;
    const found = parseDialogue(files.read(pathOf(userId)) ?? '');
    if (found?.user_id !== userId) log.error({ path: pathOf(userId) }, 'A dialogue does not parse; it has ended.');
    known.set(userId, found?.user_id === userId ? found : forgotten(userId, clock.now()));
  }
  const latest = new Map<string, Promise<unknown>>();

  return {
    find(userId) {
      const dialogue = known.get(userId) ?? null;
      const isPast = dialogue !== null && isOver(dialogue) && Date.parse(dialogue.expires_at) < clock.now();
      return isPast ? null : dialogue;
    },
    all: () => [...known.values()],
    async save(dialogue) {
      await files.replace(pathOf(dialogue.user_id), `${JSON.stringify(dialogue)}\n`);
      known.set(dialogue.user_id, dialogue);
    },
    remove(userId) {
      files.remove(pathOf(userId));
      known.delete(userId);
    },
    async inTurn(userId, work) {
      const mine = (latest.get(userId) ?? Promise.resolve()).then(work, work);
      latest.set(userId, mine);
      try {
        return await mine;
      } finally {
        if (latest.get(userId) === mine) latest.delete(userId);
      }
    },
  };
}

/** Stands for one whose record is lost: what comes is still kept sealed. */
function forgotten(userId: string, now: number): Dialogue {
  const lost = beginDialogue({ id: 'xxxxxx', userId, threadId: null, language: 'en', updateId: 0 }, now);
  return endDialogue(lost, 'expired', null, now);
}

/** What a person writes in the private chat is sealed as long as he has a dialogue there. */
export function privacyOf(dialogues: Pick<Dialogues, 'find'>, safe: Safe, botId: string): Privacy {
  const place = (updateId: number) => ['update', botId, updateId].join('\0');
  return {
    isSecret(update) {
      const chatId = privateChatOf(update);
      return chatId !== null && dialogues.find(chatId) !== null;
    },
    seal: (updateId, text) => safe.seal(place(updateId), text),
    open: (updateId, sealed) => safe.open(place(updateId), sealed),
  };
}
