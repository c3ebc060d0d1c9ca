/** What people are told about tasks that changed the same files. */

import type { ConflictNotification, MetNotification } from '../../notifications/notification.ts';
import type { NewEntry } from '../../outbox/entry.ts';
import type { Task } from '../../tasks/record.ts';
import { about, placeOf } from '../told.ts';
import type { ConflictQuestion, MetTask } from './conflict-record.ts';

/** Why a task is paused: the files and whose they are, in words of no language. */
export function whyHeld(met: readonly MetTask[]): string {
  return met.map(({ file, earlier, earlier_name }) => `${file} — “${earlier_name}” (${earlier})`).join('\n');
}

/** The question what becomes of a task's work; `other` is the task whose work it does not fit onto. */
export function conflictEntry(
  task: Task,
  { run, branch, files, asked_at, expires_at }: ConflictQuestion,
  other: MetTask | null,
): (NewEntry & { notification: ConflictNotification }) | null {
  const place = placeOf(task);
  if (!place) return null;
  const notification: ConflictNotification = {
    ...about(task),
    kind: 'conflict',
    run,
    other_task_id: other?.earlier ?? null,
    other_task_name: other?.earlier_name ?? null,
    branch,
    files,
    patience_ms: Date.parse(expires_at) - Date.parse(asked_at),
    answer: null,
  };
  return { ...place, notification };
}

/** The word that a task changed a file which another one had changed, and that both go on. */
export function metEntry(
  task: Task,
  { run, earlier, earlier_name, file }: MetTask,
): (NewEntry & { notification: MetNotification }) | null {
  const place = placeOf(task);
  if (!place) return null;
  const other = { other_task_id: earlier, other_task_name: earlier_name };
  return { ...place, notification: { ...about(task), kind: 'met', run, ...other, file } };
}
