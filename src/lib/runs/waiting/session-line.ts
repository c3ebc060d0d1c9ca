/** Messages of a session are done in the order in which they came: which of them go before one that waits. */

import { parseTaskId } from '../../format/task-id.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import type { Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';

/** A message as far as its place in its session matters. */
export interface SessionMessage {
  taskId: string;
  priority: number;
}

/** Whether the other message of the same session goes before this one: it came before, and this one is not more urgent. */
export function goesBefore(other: SessionMessage, one: SessionMessage): boolean {
  const [theirs, came] = [parseTaskId(other.taskId), parseTaskId(one.taskId)];
  return theirs !== null && came !== null && theirs.ts < came.ts && other.priority >= one.priority;
}

/** A paused message keeps its place, and so holds those behind it; one that was made on hold has none yet. */
const keepsPlace = ({ status, reason }: Task) => status === 'paused' && reason !== 'hold';

export interface PausedMessages {
  /** The paused message that goes before this one of the session; null for none. */
  before(session: string, one: SessionMessage): Task | null;
}

/** Looks among what was set aside; which session a task belongs to is read once. */
export function createPausedMessages(parts: {
  tasks: Pick<TaskStore, 'load'>;
  queue: { aside(): string[] };
}): PausedMessages {
  const sessions = new Map<string, string | null>();
  const load = (taskId: string) => loadOrNull(parts, taskId);
  function sessionOf(taskId: string): string | null {
    const known = sessions.get(taskId);
    if (known !== undefined) return known;
    const task = load(taskId);
    // What could not be read just now may be read the next time.
    if (task) sessions.set(taskId, task.session_id);
    return task?.session_id ?? null;
  }
  return {
    before(session, one) {
      const aside = parts.queue.aside();
      const present = new Set(aside);
      for (const taskId of sessions.keys()) if (!present.has(taskId)) sessions.delete(taskId);
      for (const taskId of aside) {
        const task = sessionOf(taskId) === session ? load(taskId) : null;
        if (task && keepsPlace(task) && goesBefore({ taskId, priority: task.priority }, one)) return task;
      }
      return null;
    },
  };
}
