/** Which task a message of ours spoke of: known from the sent entries of the outbox, for as long as the task lives. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import type { SharedMessage } from '../outbox/entry.ts';
import { layoutOf } from '../outbox/layout.ts';

export interface SentMessages {
  /** The task's id; null for a message that no task sent. `chatIds` are the chat's id and those that it had before. */
  taskOf(chatIds: readonly string[], messageId: number): string | null;
  /** The id of the question that the message asks; null for any other message. */
  questionOf(chatIds: readonly string[], messageId: number): string | null;
  /** The tasks of a message that many share; null for any other message. */
  sharedBy(chatIds: readonly string[], messageId: number): readonly string[] | null;
}

interface Record_ {
  task_id?: string | null;
  /** Of a settled entry. */
  delivery?: { sent?: { message_id: number | null }[] };
  /** Of a delivery that goes on. */
  sent?: { message_id: number | null }[];
}

const idInKey = /^(task-(?:local|-?\d+)-\d+)\./;
const questionInKey = /^task-[^.]+\.\d+\.question-([0-9a-z]+)/;

function messagesIn(text: string | null): number[] {
  try {
    const record = JSON.parse(text ?? 'null') as Record_ | null;
    return (record?.delivery?.sent ?? record?.sent ?? []).flatMap(({ message_id }) => message_id ?? []);
  } catch {
    return [];
  }
}

/** What was read of a folder of settled entries; those do not change any more. */
interface Known {
  names: Set<string>;
  /** The names of their files, by the messages. */
  keys: Map<number, string>;
}

export function openSentMessages({ files, paths }: { files: Files; paths: Pick<Paths, 'outbox' | 'outboxSent'> }) {
  const layout = layoutOf(paths);
  const folders = new Map<string, Known>();

  /** Reads what came into the folder since the last look. */
  function settledIn(folder: string): Known {
    const known = folders.get(folder) ?? { names: new Set<string>(), keys: new Map<number, string>() };
    folders.set(folder, known);
    for (const name of files.list(folder)) {
      if (!idInKey.test(name) || known.names.has(name)) continue;
      known.names.add(name);
      for (const messageId of messagesIn(files.read(join(folder, name)))) known.keys.set(messageId, name);
    }
    return known;
  }

  /** Looks into what is still being delivered, and so changes. */
  function findPending(folder: string, messageId: number): string | null {
    const isIts = (name: string) => messagesIn(files.read(join(folder, name))).includes(messageId);
    return files.list(folder).find((name) => idInKey.test(name) && isIts(name)) ?? null;
  }

  /** The name of the file that tells of the message; null for one that no task sent. */
  function keyOf(chatIds: readonly string[], messageId: number): string | null {
    for (const chatId of chatIds) {
      const settled = settledIn(join(paths.outboxSent, chatId)).keys.get(messageId);
      const found = settled ?? findPending(join(paths.outbox, chatId), messageId);
      if (found) return found;
    }
    return null;
  }

  function sharedIn(chatId: string): SharedMessage[] {
    try {
      const record = JSON.parse(files.read(layout.chatRecord(chatId)) ?? 'null') as { shared?: SharedMessage[] } | null;
      return record?.shared ?? [];
    } catch {
      return [];
    }
  }

  const sent: SentMessages = {
    taskOf: (chatIds, messageId) => idInKey.exec(keyOf(chatIds, messageId) ?? '')?.[1] ?? null,
    questionOf: (chatIds, messageId) => questionInKey.exec(keyOf(chatIds, messageId) ?? '')?.[1] ?? null,
    sharedBy(chatIds, messageId) {
      const shared = chatIds.flatMap(sharedIn).find(({ message_id }) => message_id === messageId);
      return shared?.task_ids ?? null;
    },
  };
  return sent;
}
