/** Tasks as a chat means them: by id, by the message they sent, or those that the person may see here. */

import { parseTaskId } from '../format/task-id.ts';
import { createApprovals } from '../tasks/approvals.ts';
import { loadOrNull } from '../tasks/load-or-null.ts';
import { isPassedOn } from '../tasks/passed-on.ts';
import { isEnded, type Task } from '../tasks/record.ts';
import { readSummary, type TaskSummary } from '../tasks/summary.ts';
import { isListed, mayControl, maySee } from '../users/rights.ts';
import type { IncomingMessage } from './incoming.ts';
import { askingChat, type BotParts, type Turn } from './turn.ts';

type Owned = Pick<Task, 'user_id' | 'telegram_group'>;

/** The record, or null where there is none, or none that can be read. */
export function loadTask({ tasks }: Pick<BotParts, 'tasks'>, taskId: string): Task | null {
  return parseTaskId(taskId) ? loadOrNull({ tasks }, taskId) : null;
}

/** What waits or runs, oldest first. */
export function liveTasks({ queue, files, paths }: BotParts): TaskSummary[] {
  const ids = new Set([...queue.active(), ...queue.waiting().map(({ taskId }) => taskId), ...queue.aside()]);
  const live = [...ids].flatMap((taskId) => readSummary(files, paths, taskId) ?? []);
  return live
    .filter(({ status }) => ['pending', 'running', 'paused'].includes(status))
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
}

/** Whether the task's run stands still until a person has answered. */
export function isAsking({ files, paths, tasks }: BotParts, { task_id, status }: TaskSummary): boolean {
  if (status !== 'running') return false;
  const open = createApprovals({ files, paths }).open(task_id);
  if (open.length === 0) return false;
  // Questions of earlier runs are void.
  const run = loadTask({ tasks }, task_id)?.runs.at(-1)?.n;
  return open.some((question) => question.run === run);
}

/** Whether the task stands in lists that the person asks for here: a group reads along. */
export function isShown(turn: Turn, task: Owned): boolean {
  return turn.person !== null && isListed(turn.person, task, askingChat(turn));
}

/** Whether the person may see the task from this chat. */
export function isVisible(turn: Turn, task: Owned): boolean {
  return turn.person !== null && maySee(turn.person, task, askingChat(turn));
}

/** Whether the person may stop, retry or continue the task from this chat. */
export function controls(turn: Turn, task: Owned): boolean {
  return turn.person !== null && mayControl(turn.person, task, askingChat(turn), turn.parts.settings);
}

/** Ended tasks that the person may see here, the latest first. */
export function endedTasks(turn: Turn, limit: number): TaskSummary[] {
  const { files, paths, history } = turn.parts;
  const found = new Map<string, TaskSummary>();
  history.latest(limit, (line) => {
    if (found.size >= limit || found.has(line.task_id) || !isShown(turn, line)) return false;
    const task = readSummary(files, paths, line.task_id);
    // One that goes on, or waits to, stands among those that do.
    if (!task || ['pending', 'running', 'paused'].includes(task.status)) return false;
    found.set(line.task_id, task);
    return true;
  });
  return [...found.values()];
}

/** The only task whose id stands in a text of ours; null for none, and for a list of several. */
export function taskIdIn(text: string): string | null {
  const ids = new Set(text.match(/\btask-(?:local|-?\d{1,20})-\d{1,16}\b/g) ?? []);
  return ids.size === 1 ? ([...ids][0] as string) : null;
}

/** The id of the task whose message this one answers; null where it answers none of ours. */
export function answeredTaskId({ parts, asked }: Turn<IncomingMessage>): string | null {
  if (!asked.replyTo?.isOurs) return null;
  const chatIds = [asked.chat.id, ...parts.chats.formerIds(asked.chat.id)];
  return parts.sent.taskOf(chatIds, asked.replyTo.messageId) ?? taskIdIn(asked.replyTo.text);
}

/**
 * Counts what was asked of a task: 1 until it has ended, 2 once it is run again, and so on. Runs that follow lost ones
 * belong to the same spell. It is also the run that messages about the task name.
 */
export function spellOf(task: Task): number {
  const latest = task.runs.at(-1);
  if (!latest) return 1;
  const current = isEnded(task) || task.status !== 'pending' ? latest.n : latest.n + 1;
  const before = task.runs.findLast((run) => run.n < current && !isPassedOn(run));
  return (before?.n ?? 0) + 1;
}
