/** What people are told of a task's work once it was merged or pushed, or could not be. */

import { CcdispatchError, wordsIn } from '../../errors/errors.ts';
import { shellWord } from '../../format/shell-word.ts';
import type { LandedNotification } from '../../notifications/notification.ts';
import type { NewEntry } from '../../outbox/entry.ts';
import type { Task } from '../../tasks/record.ts';
import type { Merged } from '../../worktrees/merge.ts';
import type { Published } from '../../worktrees/publish.ts';
import { about, placeOf, toldAs } from '../told.ts';

/** How it went; an error where it was refused with one. */
export type Landing = Merged | Published | CcdispatchError;

/** The news as data; `branch` is the one that the work is on. */
export function landedNotification(task: Task, branch: string, landing: Landing): LandedNotification {
  const none = { into: null, folder: null, files: [], url: null, commands: [], detail: null, is_new: true };
  const base = {
    ...about(task),
    kind: 'landed' as const,
    run: toldAs(task, task.runs.at(-1)?.n ?? 1),
    branch,
    ...none,
  };
  if (landing instanceof CcdispatchError)
    return { ...base, outcome: 'failed', detail: wordsIn(landing, task.language ?? 'en').message };
  switch (landing.kind) {
    case 'merged':
      return {
        ...base,
        ...{ outcome: 'merged', into: landing.into, is_new: landing.isNew },
        ...(landing.hasMerges ? { has_merges: true } : {}),
      };
    case 'nothing':
      return { ...base, outcome: 'nothing' };
    case 'conflict':
      return { ...base, outcome: 'conflict', into: landing.into, files: landing.files };
    case 'dirty':
      return { ...base, outcome: 'dirty', into: landing.into, folder: landing.folder, files: landing.files };
    case 'under-way':
      return { ...base, outcome: 'under-way', into: landing.into, folder: landing.folder };
    case 'locked': {
      const { into, folder, lock } = landing;
      // What is half moved on shows itself only when the lock is gone.
      const commands = [`rm ${shellWord(lock)}`, `git -C ${shellWord(folder)} status`];
      return { ...base, outcome: 'locked', into, folder, detail: lock, commands };
    }
    case 'no-branch':
      return { ...base, outcome: 'no-branch', into: landing.base };
    case 'base-gone':
      return { ...base, outcome: 'base-gone', into: landing.into };
    case 'elsewhere':
      return { ...base, outcome: 'elsewhere', detail: landing.kept };
    case 'refused':
      return { ...base, outcome: 'refused', into: landing.into, detail: landing.text };
    case 'pushed':
      return { ...base, outcome: 'pushed', into: landing.remote, url: landing.url, commands: landing.commands };
    case 'no-remote':
      return { ...base, outcome: 'no-remote', folder: landing.repo };
    case 'not-pushed':
      return { ...base, outcome: 'not-pushed', detail: landing.text, commands: landing.commands };
  }
}

/** The same for the task's chat; null for a task without one. */
export function landedEntry(
  task: Task,
  branch: string,
  landing: Landing,
): (NewEntry & { notification: LandedNotification }) | null {
  const place = placeOf(task);
  return place ? { ...place, notification: landedNotification(task, branch, landing) } : null;
}
