/** A task that asked at a limit whether it goes on is told to wait for the reset, and then goes on by itself. */

import { asksAtLimit } from '../../tasks/asks-at-limit.ts';
import { latestRun } from '../../tasks/record.ts';
import { type ControlParts, pauseTask } from '../control.ts';
import { loadIntent } from '../intent.ts';

/** A limit whose end nobody named is looked at again after so long. */
const unknownMs = 3_600_000;

/**
 * Has the task go on by itself: at the reset that was named when it was paused, at once where that has passed, or in an hour
 * where none was. Gives the ISO instant; null for a task that does not ask, or does no more.
 */
export async function waitForReset(parts: ControlParts, taskId: string): Promise<string | null> {
  const task = parts.tasks.load(taskId);
  if (!asksAtLimit(task)) return null;
  const intent = loadIntent(parts.files, parts.paths.run(taskId, latestRun(task)?.n ?? 0));
  const resumeAt = intent?.reset_at ?? new Date(parts.clock.now() + unknownMs).toISOString();
  await pauseTask(parts, taskId, { reason: 'limit', resumeAt });
  return parts.tasks.load(taskId).resume_at;
}
