/** The id of the task that a message is to become: fixed before anything is made of it, so that a replay makes the same one. */

import { renderTaskId } from '../format/task-id.ts';
import type { IncomingMessage } from './incoming.ts';
import type { Turn } from './turn.ts';

/** The id that an earlier attempt at this message had fixed, or a new one, fixed now. */
export async function planTask(turn: Turn<IncomingMessage>): Promise<string> {
  if (turn.plan?.kind === 'task') return turn.plan.task_id;
  const taskId = renderTaskId({ chatId: turn.asked.chat.id, ts: turn.parts.nextTs() });
  await turn.fix({ kind: 'task', task_id: taskId });
  return taskId;
}
