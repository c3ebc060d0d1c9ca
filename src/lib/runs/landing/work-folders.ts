/** What the engine asks of whoever keeps the folders that tasks work in: a seam, so that runs know nothing of git. */

import type { Task } from '../../tasks/record.ts';

/** What a conversation has done in its worktree since its base. */
export interface WorkSummary {
  /** The tip of its branch. */
  commit: string;
  files: number;
  insertions: number;
  deletions: number;
}

/** What became of a task's work when its run came out. */
export interface KeptWork {
  /** Null where it could not be counted. */
  work: WorkSummary | null;
  /** A code for what people should know about it: something is not on the branch. Null for nothing. */
  note: 'work_elsewhere' | 'work_left_out' | 'work_not_committed' | null;
  /** Codes for what was new to know about the worktree when it was made for this task. */
  worktreeNotes?: readonly string[];
}

export interface WorkFolders {
  /**
   * Sees to it that the task's folder is there, before each run. Throws a `CcdispatchError`: the run is refused, and people
   * read its text. May take long; it is done outside of the task's lock, and given up when the signal aborts.
   */
  prepare(task: Task, signal: AbortSignal): Promise<void>;
  /**
   * Commits what the task has done so far on its branch, at a run's outcome; null where it has no worktree. The outcome waits
   * for it, so it takes seconds at most, and never throws.
   */
  keep(task: Task): Promise<KeptWork | null>;
  /**
   * Commits what is still not committed, and does with the work what the settings say (`onEnd`), once nothing of the run lives
   * any more. May be done again.
   */
  finish(task: Task): Promise<void>;
}
