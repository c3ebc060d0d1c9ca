/** Which tasks wait at a limit for somebody's word. */

import type { Task } from './record.ts';

/** Whether the task was paused at a limit, and does not go on by itself. */
export function asksAtLimit({ status, reason, resume_at }: Pick<Task, 'status' | 'reason' | 'resume_at'>): boolean {
  return status === 'paused' && reason === 'limit' && resume_at === null;
}
