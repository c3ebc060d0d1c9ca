/** How many tasks of a chat may wait: one more is refused before anything of it exists. */

import { CcdispatchError } from '../errors/errors.ts';
import { renderCount } from '../format/amount.ts';
import { localChat, parseTaskId } from '../format/task-id.ts';
import type { Marker } from '../queue/markers.ts';
import { chatOf } from '../queue/order.ts';
import type { Queue } from '../queue/queue.ts';

export interface QueueDepthParts {
  queue: Pick<Queue, 'waiting'>;
  settings: { limits: { queueDepth: number | null } };
}

/** `limited`: as many tasks of the chat wait as may. A chat says it in the person's language. */
export class QueueFullError extends CcdispatchError {
  readonly limit: number;
  readonly waiting: number;

  constructor(chatId: string, limit: number, waiting: number, asked: number) {
    const whose = chatId === localChat ? 'without a chat' : `of chat ${chatId}`;
    const wish = asked === 1 ? '' : `, and ${asked} more are too many`;
    super(
      'limited',
      `${renderCount(waiting, 'task')} ${whose} ${waiting === 1 ? 'waits' : 'wait'} already; ${limit} may (limits.queueDepth)${wish}.`,
      'Try again when some have started, or cancel one: ccdispatch tasks list',
    );
    this.limit = limit;
    this.waiting = waiting;
  }
}

const timeOf = (taskId: string) => parseTaskId(taskId)?.ts ?? 0;

/** Earlier made first; the same for everybody who looks. */
const isBefore = (a: string, b: string) => timeOf(a) < timeOf(b) || (timeOf(a) === timeOf(b) && a < b);

/**
 * Why these markers, which are put down already, may not stay; null where they may. Of tasks that come at the same moment
 * those made earlier count, so that not all of them are turned away. What waits for a time or another task counts, too.
 */
export function queueFullBy(markers: readonly Marker[], { queue, settings }: QueueDepthParts): QueueFullError | null {
  const limit = settings.limits.queueDepth;
  const last = markers.at(-1);
  if (limit === null || !last) return null;
  const own = new Set(markers.map(({ taskId }) => taskId));
  const waiting = queue.waiting();
  for (const chatId of new Set(markers.map(({ taskId }) => chatOf(taskId)))) {
    const asked = markers.filter(({ taskId }) => chatOf(taskId) === chatId);
    const newest = asked.reduce((found, { taskId }) => (isBefore(found, taskId) ? taskId : found), '');
    const before = waiting.filter(
      ({ taskId }) => chatOf(taskId) === chatId && !own.has(taskId) && isBefore(taskId, newest),
    );
    if (before.length + asked.length > limit) return new QueueFullError(chatId, limit, before.length, asked.length);
  }
  return null;
}
