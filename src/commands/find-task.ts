/** The task that a person means: its id, or `latest` for the one made last. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import { parseTaskId } from '../lib/format/task-id.ts';
import type { Task } from '../lib/tasks/record.ts';
import type { TaskStore } from '../lib/tasks/store.ts';

/** The id that is meant; throws `usage` or `not-found`. */
export function resolveTaskId({ queue, history }: App, given: string): string {
  if (parseTaskId(given)) return given;
  if (given !== 'latest')
    return fail('usage', `"${given}" is not a task id.`, 'See the ids with: ccdispatch tasks list; or say latest.');
  const live = [...new Set([...queue.active(), ...queue.waiting().map(({ taskId }) => taskId), ...queue.aside()])];
  const ended = history.latest(1).map(({ task_id }) => task_id);
  const ids = [...live, ...ended].sort((a, b) => (parseTaskId(b)?.ts ?? 0) - (parseTaskId(a)?.ts ?? 0));
  return ids[0] ?? fail('not-found', 'There is no task yet.', 'Make one with: ccdispatch dispatch "what to do"');
}

/** The store, and the record of the task that is meant. */
export async function findTask(app: App, given: string): Promise<{ tasks: TaskStore; task: Task }> {
  const taskId = resolveTaskId(app, given);
  const tasks = await app.openTasks();
  return { tasks, task: tasks.load(taskId) };
}
