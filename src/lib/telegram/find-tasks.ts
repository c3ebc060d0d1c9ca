/** Tasks as a chat means them: by id, by the message they sent, or those that the person may see here. */

import { join } from 'node:path';
import { parseTaskId } from '../format/task-id.ts';
import type { Task } from '../tasks/record.ts';
import { readSummary, type TaskSummary } from '../tasks/summary.ts';
import { isListed, maySee } from '../users/rights.ts';
import type { BotParts, Turn } from './turn.ts';

/** The record, or null where there is none, or none that can be read. */
export function loadTask({ tasks }: BotParts, taskId: string): Task | null {
  try {
    return parseTaskId(taskId) ? tasks.load(taskId) : null;
  } catch {
    return null;
  }
}

/** What waits or runs, oldest first. */
export function liveTasks({ queue, files, paths }: BotParts): TaskSummary[] {
  const ids = new Set([...queue.active(), ...queue.waiting().map(({ taskId }) => taskId), ...queue.aside()]);
  const live = [...ids].flatMap((taskId) => readSummary(files, paths, taskId) ?? []);
  return live
    .filter(({ status }) => ['pending', 'running', 'paused'].includes(status))
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}

/** Whether the task stands in lists that the person asks for here. */
export function isShown({ parts, person, asked }: Turn, task: Pick<Task, 'user_id' | 'telegram_group'>): boolean {
  return person !== null && isListed(person, task, { ...asked.chat, formerIds: parts.formerIds(asked.chat.id) });
}

/** Whether the person may see the task from this chat. */
export function isVisible({ parts, person, asked }: Turn, task: Pick<Task, 'user_id' | 'telegram_group'>): boolean {
  return person !== null && maySee(person, task, { ...asked.chat, formerIds: parts.formerIds(asked.chat.id) });
}

/** Ended tasks that the person may see here, the latest first. */
export function endedTasks(turn: Turn, limit: number): TaskSummary[] {
  const { files, paths, history } = turn.parts;
  const found = new Map<string, TaskSummary>();
  history.latest(limit, (line) => {
    if (found.size >= limit || found.has(line.task_id) || !isShown(turn, line)) return false;
    const task = readSummary(files, paths, line.task_id);
    // One that runs once more stands among those that run.
    if (!task || task.status === 'pending' || task.status === 'running') return false;
    found.set(line.task_id, task);
    return true;
  });
  return [...found.values()];
}

interface SentRecord {
  task_id?: string | null;
  delivery?: { sent?: { message_id: number | null }[] };
  sent?: { message_id: number | null }[];
}

function hasMessage(text: string | null, messageId: number): boolean {
  try {
    const record = JSON.parse(text ?? 'null') as SentRecord | null;
    return (record?.delivery?.sent ?? record?.sent ?? []).some(({ message_id }) => message_id === messageId);
  } catch {
    return false;
  }
}

const idInKey = /^(task-(?:local|-?\d+)-\d+)\./;

/** Newest first by the time in the task's id: replies are mostly to what was said last. */
function newestFirst(names: string[]): string[] {
  const ts = (name: string) => parseTaskId(idInKey.exec(name)?.[1] ?? '')?.ts ?? 0;
  return names.filter((name) => idInKey.test(name)).sort((a, b) => ts(b) - ts(a));
}

/** The task that a message of ours spoke of; the sent entries of the outbox know it as long as the task lives. */
export function taskOfMessage(
  { files, paths }: BotParts,
  chatIds: readonly string[],
  messageId: number,
): string | null {
  for (const chatId of chatIds) {
    for (const folder of [join(paths.outboxSent, chatId), join(paths.outbox, chatId)]) {
      for (const name of newestFirst(files.list(folder))) {
        if (hasMessage(files.read(join(folder, name)), messageId)) return idInKey.exec(name)?.[1] ?? null;
      }
    }
  }
  return null;
}

/** The id of a task as it stands in a text of ours. */
export function taskIdIn(text: string): string | null {
  return /\btask-(?:local|-?\d{1,20})-\d{1,16}\b/.exec(text)?.[0] ?? null;
}
