/** `/cancel`: ends the task that it means. */

import { type Button, taskButton } from '../../notifications/buttons.ts';
import { cancelTask } from '../../runs/control.ts';
import { isEnded, type Task } from '../../tasks/record.ts';
import { loadTask, spellOf } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { say } from '../say.ts';
import { plainTitle, title } from '../shown.ts';
import type { Turn } from '../turn.ts';
import { actOnOne } from './one-task.ts';

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
  const name = title(task);
  // A replay finds it cancelled by its first attempt.
  const isCancelled = outcome === 'cancelled' || task.status === 'cancelled';
  if (isCancelled) return await say(turn, texts.cancelled(name));
  await say(turn, outcome === 'ending' ? texts.cancelling(name) : texts.hadEnded(name));
}

export async function cancel(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  await actOnOne(turn, rest, {
    fits: () => true,
    none: turn.texts.noRunningTask,
    refusal: (task) => (isEnded(task) ? turn.texts.hadEnded(title(task)) : null),
    button: (task) => cancelButton(`⏹ ${plainTitle(task)}`, task),
    act: (taskId) => cancelAndSay(turn, taskId),
  });
}
