/** What people are told about a session: with the task that it spoke of last. */

import type { InterimNotification, SessionCode, SessionNotification } from '../../notifications/notification.ts';
import { keyOf, type NewEntry } from '../../outbox/entry.ts';
import type { Outbox } from '../../outbox/store.ts';
import type { Session } from '../../sessions/record.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import { about, placeOf, toldAs } from '../told.ts';
import type { KeeperParts } from './keeper.ts';

/** The line that tells what became of the session's agent; null for a task without a chat. */
export function sessionEntry(
  task: Task,
  session: Session,
  code: SessionCode,
  index: number,
): (NewEntry & { notification: SessionNotification }) | null {
  const place = placeOf(task);
  if (!place) return null;
  const run = toldAs(task, latestRun(task)?.n ?? 1);
  return { ...place, notification: { ...about(task), kind: 'session', run, session_name: session.name, code, index } };
}

/** The line that tells that the latest run goes on under another account; null for a task without a chat. */
export function takeOverEntry(task: Task): (NewEntry & { notification: SessionNotification }) | null {
  const place = placeOf(task);
  const n = latestRun(task)?.n ?? 1;
  if (!place) return null;
  const told = { session_name: task.task_name, code: 'takeover', index: n } as const;
  return { ...place, notification: { ...about(task), kind: 'session', run: toldAs(task, n), ...told } };
}

/** Interim results of one run are counted from 1; what processes said unasked comes far behind them. */
const strayBase = 100_000;
const perGeneration = 1000;

/** What the session's agent said without being asked, told like an interim result of the task. */
function strayEntry(
  task: Task,
  { generation, index, text }: { generation: number; index: number; text: string },
): (NewEntry & { notification: InterimNotification }) | null {
  const place = placeOf(task);
  if (!place) return null;
  const run = toldAs(task, latestRun(task)?.n ?? 1);
  const told = strayBase + generation * perGeneration + index;
  return { ...place, notification: { ...about(task), kind: 'interim', run, index: told, text, background: [] } };
}

/** Tells of sessions between their turns what their keeper finds. */
export function tellingSessions({
  tasks,
  outbox,
}: {
  tasks: TaskStore;
  outbox: Outbox;
}): Pick<KeeperParts, 'onEnded' | 'onStray'> {
  const lastTask = ({ last_task_id: id }: Session) => (id !== null && tasks.exists(id) ? tasks.load(id) : null);
  return {
    async onEnded(session) {
      const task = lastTask(session);
      const entry = task && sessionEntry(task, session, 'idle', session.repair_count);
      if (entry) await outbox.announce(entry, keyOf(entry.notification));
    },
    async onStray(session, { generation, index, result }) {
      const task = lastTask(session);
      const entry = task && strayEntry(task, { generation, index, text: result.text });
      if (entry) await outbox.announce(entry, keyOf(entry.notification));
    },
  };
}
