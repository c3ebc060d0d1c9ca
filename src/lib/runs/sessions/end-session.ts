/** What people do to a session: end its turn, or the session itself with all that waits in it. */

import { isoNow } from '../../format/instant.ts';
import type { SessionEnd, SessionStore } from '../../sessions/store.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import { type Cancelled, type ControlParts, cancelTask } from '../control.ts';

export interface EndSessionParts extends ControlParts {
  sessions: SessionStore;
}

/** Tasks of the session that run, or that wait for their turn; the running one first. */
function tasksIn({ queue, tasks }: EndSessionParts, sessionId: string): { taskId: string; isRunning: boolean }[] {
  const ids = [...queue.active(), ...queue.waiting().map(({ taskId }) => taskId), ...queue.aside()];
  return [...new Set(ids)].flatMap((taskId) => {
    const task = loadOrNull({ tasks }, taskId);
    return task?.session_id === sessionId ? [{ taskId, isRunning: task.status === 'running' }] : [];
  });
}

/** Ends the turn at work; the session and what waits in it stay. Null where none is at work. */
export async function stopTurn(parts: EndSessionParts, sessionId: string): Promise<Cancelled | null> {
  const running = tasksIn(parts, sessionId).find(({ isRunning }) => isRunning);
  return running ? await cancelTask(parts, running.taskId, null) : null;
}

/** Ends the session, and cancels what runs and waits in it. The worker then ends its process. */
export async function endSession(parts: EndSessionParts, sessionId: string, reason: string): Promise<SessionEnd> {
  const at = isoNow(parts.clock);
  const end = await parts.sessions.end(sessionId, reason, at);
  for (const { taskId } of tasksIn(parts, sessionId)) await cancelTask(parts, taskId, null);
  return end;
}
