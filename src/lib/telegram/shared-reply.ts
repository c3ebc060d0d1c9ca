/** An answer to a message that many tasks share: it is asked which of them is meant, and nothing is started before that is said. */

import { type Button, encodePress, taskButton } from '../notifications/buttons.ts';
import { isSharedText } from '../notifications/render-progress.ts';
import { isEnded, type Task } from '../tasks/record.ts';
import { controls, isShown, liveTasks, loadTask } from './find-tasks.ts';
import type { IncomingMessage } from './incoming.ts';
import { isMade } from './late.ts';
import { planTask } from './plan-task.ts';
import { say } from './say.ts';
import { plainTitle } from './shown.ts';
import type { Turn } from './turn.ts';

/** A button for each task; more would not be looked through. */
const mostButtons = 8;

/**
 * Tasks that the message may mean, those that go on first, then the latest; null where it answers no message that tasks share.
 * Of one that nobody noted down (its sender was killed) the text tells: then it is all that waits or runs here.
 */
function tasksMeant(turn: Turn<IncomingMessage>): Task[] | null {
  const { parts, asked } = turn;
  if (!asked.replyTo?.isOurs) return null;
  const chatIds = [asked.chat.id, ...parts.chats.formerIds(asked.chat.id)];
  const noted = parts.sent.sharedBy(chatIds, asked.replyTo.messageId);
  if (!noted && !isSharedText(asked.replyTo.text)) return null;
  const ids =
    noted ??
    liveTasks(parts)
      .filter((task) => isShown(turn, task))
      .map(({ task_id }) => task_id);
  const tasks = ids.flatMap((taskId) => loadTask(parts, taskId) ?? []).filter((task) => controls(turn, task));
  const rank = (task: Task) => (isEnded(task) ? 1 : 0);
  return tasks.sort((a, b) => rank(a) - rank(b) || b.created_at.localeCompare(a.created_at));
}

/**
 * Asks which task an answer to a shared message is to go on with; says whether it has asked. The text waits in the inbox, and the
 * button brings it back.
 */
export async function askWhichShared(turn: Turn<IncomingMessage>): Promise<boolean> {
  const { asked, texts } = turn;
  const tasks = tasksMeant(turn);
  if (tasks === null) return false;
  // A choice was made before this update could be put away.
  if (isMade(turn)) return true;
  const detail = String(asked.updateId);
  const choices = tasks.slice(0, mostButtons).map((task): Button[] => {
    const sign = isEnded(task) ? '↩️' : task.status === 'running' ? '🔧' : '⏳';
    return [taskButton(`${sign} ${plainTitle(task)}`, 'goOn', task.task_id, 0, detail)];
  });
  const press = (action: 'goOn' | 'dropOld') => encodePress({ action, taskId: null, run: 0, detail });
  const others = [
    { text: texts.buttons.newTask, callback_data: press('goOn') },
    { text: texts.buttons.drop, callback_data: press('dropOld') },
  ];
  // The id of the task that it will be: whichever buttons are pressed, and how often, it makes one task.
  await planTask(turn);
  const more = tasks.length > choices.length ? ` ${texts.andMore(tasks.length - choices.length)}` : '';
  const question = tasks.length === 0 ? texts.sharedGone : `${texts.sharedQuestion}${more}`;
  await say(turn, question, { buttons: [...choices, others] });
  return true;
}
