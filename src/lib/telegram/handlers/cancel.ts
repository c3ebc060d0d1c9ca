/** `/cancel`: which task it means is fixed before it acts, and never changes after that. */

import { type Button, taskButton } from '../../notifications/buttons.ts';
import { cancelTask } from '../../runs/control.ts';
import { isEnded, type Task } from '../../tasks/record.ts';
import type { TaskSummary } from '../../tasks/summary.ts';
import { controls, isShown, liveTasks, loadTask, spellOf } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { refuseForeign } from '../refusals.ts';
import { say } from '../say.ts';
import { plainName, shown } from '../shown.ts';
import type { Turn } from '../turn.ts';
import { namedTask } from './named-task.ts';

/** A button for each task; more would not be looked through. */
const mostButtons = 8;
/** So long `/cancel` waits for what the same person sent just before it. */
const earlierMs = 500;
const lookMs = 50;

/** A button that cancels a task as long as it has not ended; once it was run again, it does nothing. */
export function cancelButton(text: string, task: Task): Button {
  return taskButton(text, 'cancel', task.task_id, spellOf(task));
}

/** Ends a task and says so. */
export async function cancelAndSay(turn: Turn, taskId: string): Promise<void> {
  const { parts, texts } = turn;
  const task = loadTask(parts, taskId);
  if (!task) return;
  const outcome = await cancelTask(parts.control, taskId, null);
  parts.wake();
  const name = shown(task.task_name);
  // A replay finds it cancelled by its first attempt.
  const isCancelled = outcome === 'cancelled' || task.status === 'cancelled';
  if (isCancelled) return await say(turn, texts.cancelled(name));
  await say(turn, outcome === 'ending' ? texts.cancelling(name) : texts.hadEnded(name));
}

/**
 * Whether the task was there when the command was sent. Messages of one chat are numbered in order; for all other tasks
 * the clocks must do, and Telegram tells times in whole seconds.
 */
function wasThere(task: TaskSummary, asked: IncomingMessage): boolean {
  if (task.telegram_group === asked.chat.id && task.message_id !== null) return task.message_id < asked.messageId;
  return Date.parse(task.created_at) < asked.sentAt + 1000;
}

/** What was sent before the command may be about to become a task. */
async function waitForEarlier({ parts, asked }: Turn<IncomingMessage>): Promise<void> {
  for (let waited = 0; waited < earlierMs && parts.hasEarlier(asked); waited += lookMs) await parts.clock.sleep(lookMs);
}

/** Live tasks that a `/cancel` without an id may mean: the person's own, and those of others only where he has none. */
function candidatesOf(turn: Turn<IncomingMessage>): { own: TaskSummary[]; others: TaskSummary[] } {
  const all = liveTasks(turn.parts).filter(
    (task) => wasThere(task, turn.asked) && isShown(turn, task) && controls(turn, task),
  );
  const isOwn = (task: TaskSummary) => task.user_id === turn.person?.id;
  return { own: all.filter(isOwn), others: all.filter((task) => !isOwn(task)) };
}

async function fixAndCancel(turn: Turn<IncomingMessage>, task: Task): Promise<void> {
  await turn.fix({ kind: 'control', targets: [{ id: task.task_id, spell: spellOf(task) }] });
  await cancelAndSay(turn, task.task_id);
}

/** Does again what an earlier attempt had fixed; a task that was run once more since is another matter. */
async function replay(turn: Turn<IncomingMessage>, targets: readonly { id: string; spell: number }[]): Promise<void> {
  for (const { id, spell } of targets) {
    const task = loadTask(turn.parts, id);
    if (task && spellOf(task) === spell) await cancelAndSay(turn, id);
  }
}

export async function cancel(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const { texts } = turn;
  if (turn.plan?.kind === 'control') return await replay(turn, turn.plan.targets);
  const named = await namedTask(turn, rest);
  if (named === null) return;
  if (named) {
    if (!controls(turn, named)) return await refuseForeign(turn, named.task_id);
    if (isEnded(named)) return await say(turn, texts.hadEnded(shown(named.task_name)));
    return await fixAndCancel(turn, named);
  }
  await waitForEarlier(turn);
  const { own, others } = candidatesOf(turn);
  const candidates = own.length > 0 ? own : others;
  const tasks = candidates.flatMap(({ task_id }) => loadTask(turn.parts, task_id) ?? []);
  const latest = rest.startsWith('latest') ? own.at(-1) : own.length === 1 ? own[0] : undefined;
  const only = tasks.find(({ task_id }) => task_id === latest?.task_id);
  if (only) return await fixAndCancel(turn, only);
  if (tasks.length === 0) return await say(turn, texts.noRunningTask);
  // What runs comes first, then what was asked for last.
  const running = tasks.filter(({ status }) => status === 'running');
  const listed = [...running, ...tasks.filter((task) => !running.includes(task)).reverse()];
  const buttons = listed.slice(0, mostButtons).map((task) => [cancelButton(`⏹ ${plainName(task.task_name)}`, task)]);
  const more = listed.length - buttons.length;
  await say(turn, more > 0 ? `${texts.whichTask} ${texts.andMore(more)}` : texts.whichTask, { buttons });
}
