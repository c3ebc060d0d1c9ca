/** Which task a command is about: the one that is named, the one that its message answers, or the latest. */

import type { Task } from '../../tasks/record.ts';
import { answeredTaskId, endedTasks, isShown, isVisible, liveTasks, loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { noteRefused } from '../refusals.ts';
import { say } from '../say.ts';
import { shown } from '../shown.ts';
import type { Turn } from '../turn.ts';

/** The task that is named, or answered to; null after having said what is wrong, undefined where none was named. */
export async function namedTask(turn: Turn<IncomingMessage>, rest: string): Promise<Task | null | undefined> {
  const [word = ''] = rest.split(/\s+/);
  if (word === 'latest') return undefined;
  const given = word || answeredTaskId(turn);
  if (!given) return undefined;
  const task = loadTask(turn.parts, given);
  if (task && isVisible(turn, task)) return task;
  if (task) await noteRefused(turn, { why: 'not theirs', task_id: task.task_id });
  await say(turn, turn.texts.noSuchTask(shown(given)));
  return null;
}

/** The named task, else the latest that runs, else the latest that ended; null after having said that there is none. */
export async function namedOrLatest(turn: Turn<IncomingMessage>, rest: string): Promise<Task | null> {
  const named = await namedTask(turn, rest);
  if (named !== undefined) return named;
  const latest =
    liveTasks(turn.parts)
      .filter((task) => isShown(turn, task))
      .at(-1) ?? endedTasks(turn, 1)[0];
  const task = latest ? loadTask(turn.parts, latest.task_id) : null;
  if (!task) await say(turn, turn.texts.noTasks);
  return task;
}
