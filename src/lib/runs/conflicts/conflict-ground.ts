/** What the engine asks of whoever knows the repositories that tasks work on: a seam, so that runs know nothing of git. */

import type { Task } from '../../tasks/record.ts';
import type { ConflictPolicy } from './conflicts.ts';

/** Where a task works. */
export interface WorkPlace {
  /** Equal for all tasks on one repository. */
  repository: string;
  /** Equal for all tasks that work in one worktree. */
  worktree: string;
  /** The worktree's folder, as it really is. */
  folder: string;
}

/** What of an ended task's work came into the branch that others are to go onto. */
export interface MergedWork {
  branch: string;
  commit: string;
  /** Relative to the repository. */
  files: readonly string[];
}

/** What became of putting a task's work onto what was merged meanwhile. */
export type PutOnTop =
  | { kind: 'fits'; branch: string; commit: string }
  /** Nothing was changed: these files have to be brought together by somebody who understands them. */
  | { kind: 'conflict'; branch: string; commit: string; files: string[] }
  /** There is no such branch, or nothing to put. */
  | { kind: 'nothing' };

export interface ConflictGround {
  /** Null where the task has no worktree of its own, or none any more. */
  placeOf(task: Task): WorkPlace | null;
  policyOf(repository: string): ConflictPolicy;
  /** Patterns of files that two tasks may change without being a conflict. */
  ignoredFiles(): readonly string[];
  /** What was changed in the task's worktree since its base, relative to it; null where that cannot be told. */
  changedFiles(task: Task): Promise<readonly string[] | null>;
  /** Whether git passes the file over. */
  isIgnoredFile(place: WorkPlace, file: string): Promise<boolean>;
  /** Null where the work of the task is in no branch but its own. */
  mergedWork(task: Task): Promise<MergedWork | null>;
  /** Commits what the task has done so far, and puts its branch onto the one that it goes into. May be done again. */
  putOnTop(task: Task): Promise<PutOnTop>;
  /**
   * The same where it does not fit: its files then hold both sides, marked, and nothing of that is committed; its commits are
   * kept by a ref. May be done again.
   */
  layOpen(task: Task): Promise<PutOnTop>;
}
