/** Which task a message of ours spoke of: known from the sent entries of the outbox, for as long as the task lives. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';

export interface SentMessages {
  /** The task's id; null for a message that no task sent. `chatIds` are the chat's id and those that it had before. */
  taskOf(chatIds: readonly string[], messageId: number): string | null;
}

interface Record_ {
  task_id?: string | null;
  /** Of a settled entry. */
  delivery?: { sent?: { message_id: number | null }[] };
  /** Of a delivery that goes on. */
  sent?: { message_id: number | null }[];
}

const idInKey = /^(task-(?:local|-?\d+)-\d+)\./;

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
  tasks: Map<number, string>;
}

export function openSentMessages({ files, paths }: { files: Files; paths: Pick<Paths, 'outbox' | 'outboxSent'> }) {
  const folders = new Map<string, Known>();

  /** Reads what came into the folder since the last look. */
  function settledIn(folder: string): Known {
    const known = folders.get(folder) ?? { names: new Set<string>(), tasks: new Map<number, string>() };
    folders.set(folder, known);
    for (const name of files.list(folder)) {
      const taskId = idInKey.exec(name)?.[1];
      if (taskId === undefined || known.names.has(name)) continue;
      known.names.add(name);
      for (const messageId of messagesIn(files.read(join(folder, name)))) known.tasks.set(messageId, taskId);
    }
    return known;
  }

  /** Looks into what is still being delivered, and so changes. */
  function findPending(folder: string, messageId: number): string | null {
    const name = files
      .list(folder)
      .find((one) => idInKey.test(one) && messagesIn(files.read(join(folder, one))).includes(messageId));
    return idInKey.exec(name ?? '')?.[1] ?? null;
  }

  const sent: SentMessages = {
    taskOf(chatIds, messageId) {
      for (const chatId of chatIds) {
        const settled = settledIn(join(paths.outboxSent, chatId)).tasks.get(messageId);
        const found = settled ?? findPending(join(paths.outbox, chatId), messageId);
        if (found) return found;
      }
      return null;
    },
  };
  return sent;
}
