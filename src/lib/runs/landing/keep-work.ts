/** Takes a task's work along when its run ends: committed before the outcome is written down, finished when all is over. */

import type { Log } from '../../adapters/log.ts';
import { isDiskFull } from '../../errors/errors.ts';
import type { Task } from '../../tasks/record.ts';
import type { Concluded } from '../conclude.ts';
import type { WorkFolders } from './work-folders.ts';

export interface WorkKeepingParts {
  /** Absent where there are no worktrees. */
  workFolders?: WorkFolders;
  log: Log;
}

/** The conclusion of a run with what became of its work, which is committed first. */
export async function keepWork(
  { workFolders }: WorkKeepingParts,
  task: Task,
  { conclusion, text }: Concluded,
): Promise<Concluded> {
  const kept = task.worktree === null ? null : await workFolders?.keep(task);
  if (!kept) return { conclusion, text };
  const work = kept.work ? { work: kept.work } : {};
  const told = kept.worktreeNotes ? { worktree_notes: [...kept.worktreeNotes] } : {};
  return { conclusion: { ...conclusion, ...work, ...told, note: kept.note ?? conclusion.note }, text };
}

/** Does with the work what is to be done at the end; what goes wrong was told, and is no reason to hold the task up. */
export async function finishWork({ workFolders, log }: WorkKeepingParts, task: Task): Promise<void> {
  if (task.worktree === null) return;
  try {
    await workFolders?.finish(task);
  } catch (error) {
    if (isDiskFull(error)) throw error;
    log.error({ task_id: task.task_id, error: String((error as Error)?.stack ?? error) }, 'its work was not finished');
  }
}
