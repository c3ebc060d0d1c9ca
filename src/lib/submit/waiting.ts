/** What a new task waits for, as its placeholder says: the same rules that the worker goes by, looked at once. */

import type { WaitingCode } from '../notifications/notification.ts';
import type { Marker } from '../queue/markers.ts';
import { blockerOf, countUsers, orderWaiting, type QueueLimits, type RunningView } from '../queue/order.ts';
import type { Queue } from '../queue/queue.ts';
import type { Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';

export interface WaitingParts {
  tasks: Pick<TaskStore, 'load'>;
  queue: Pick<Queue, 'active' | 'waiting'>;
  settings: { limits: QueueLimits };
  clock: { now(): number };
}

export interface Waiting {
  /** Place among those that wait, 1 is next. */
  position: number;
  /** Why it cannot start at once; null where it can, or where that is not known. */
  waitingFor: WaitingCode | null;
}

function runningTasks({ tasks, queue }: WaitingParts): Task[] {
  return queue.active().flatMap((taskId) => {
    try {
      return [tasks.load(taskId)];
    } catch {
      return [];
    }
  });
}

const shareOf = ({ user_id }: Task) => user_id ?? 'local';

/** Looks at queue and running tasks once; the function tells of each new task. */
export function lookAtQueue(parts: WaitingParts): (task: Task) => Waiting {
  const running = runningTasks(parts);
  const byUser = new Map<string, number>();
  for (const task of running) byUser.set(shareOf(task), (byUser.get(shareOf(task)) ?? 0) + 1);
  const view: RunningView = { byUser, limits: parts.settings.limits, now: parts.clock.now() };
  const waiting = orderWaiting(parts.queue.waiting(), view);
  const places = new Map(waiting.map(({ taskId }, index): [string, number] => [taskId, index]));
  const users = countUsers(waiting, view);
  return (task) => {
    const index = places.get(task.task_id);
    const marker: Marker | undefined = index === undefined ? undefined : waiting[index];
    const isBusy = running.some(
      (one) => task.agent_session_id !== null && one.agent_session_id === task.agent_session_id,
    );
    const blocker = isBusy ? 'conversation' : marker ? blockerOf(marker, view, users) : null;
    return { position: (index ?? 0) + 1, waitingFor: blocker };
  };
}
