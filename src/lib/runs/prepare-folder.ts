/** What must be there before a task's run: its worktree. Where that cannot be made, the run is refused, in clear words. */

import { CcdispatchError, wordsIn } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { loadOrNull } from '../tasks/load-or-null.ts';
import { latestRun, type Task } from '../tasks/record.ts';
import { tellEnd } from './settle.ts';
import type { SuperviseParts } from './watched.ts';

/** `ready`: the run may start. `refused`: it never will. `moot`: the task does not wait any more, or we are to leave. */
export type Prepared = 'ready' | 'refused' | 'moot';

/** A task that is cancelled meanwhile is noticed so soon. */
const lookEveryMs = 500;

const isPending = (parts: SuperviseParts, taskId: string) => loadOrNull(parts, taskId)?.status === 'pending';

async function refuseRun(parts: SuperviseParts, task: Task, error: CcdispatchError): Promise<void> {
  const { message, hint } = wordsIn(error, task.language ?? 'en');
  const text = `${message} ${hint}`;
  await parts.tasks.hold(task.task_id, 'worktree', async (held) => {
    if (held.task.status !== 'pending') return;
    const run = (latestRun(held.task)?.n ?? 0) + 1;
    await parts.tasks.saveOutput(task.task_id, text);
    const at = isoNow(parts.clock);
    await held.apply({ type: 'refused', run, at, reason: 'worktree', result: text });
  });
  await tellEnd(parts, parts.tasks.load(task.task_id));
}

/**
 * Sees to the folder of a waiting task; a full disk comes through as the system's error, so that it is tried again. Outside of
 * the task's lock, for it may take minutes.
 */
export async function prepareFolder(parts: SuperviseParts, task: Task, signal: AbortSignal): Promise<Prepared> {
  if (!parts.workFolders || task.worktree === null) return 'ready';
  const stop = new AbortController();
  const timer = setInterval(() => isPending(parts, task.task_id) || stop.abort(), lookEveryMs);
  try {
    await parts.workFolders.prepare(task, AbortSignal.any([signal, stop.signal]));
    return 'ready';
  } catch (error) {
    if (signal.aborted || stop.signal.aborted) return 'moot';
    if (!(error instanceof CcdispatchError)) throw error;
    parts.log.warn({ task_id: task.task_id, error: error.message }, 'the worktree could not be made');
    await refuseRun(parts, task, error);
    return 'refused';
  } finally {
    clearInterval(timer);
  }
}
