/** What people do to a task that exists: start, cancel, retry. Acts on files and processes directly, never through a queue. */

import { randomUUID } from 'node:crypto';
import type { Processes } from '../adapters/processes.ts';
import { fail } from '../errors/errors.ts';
import type { Queue } from '../queue/queue.ts';
import { isEnded, latestRun, type Task } from '../tasks/record.ts';
import { saveIntent } from './intent.ts';
import { type SettleParts, tellEnd } from './settle.ts';
import { queuedEntry } from './told.ts';

export interface ControlParts extends SettleParts {
  queue: Queue;
  processes: Processes;
}

export type Cancelled = 'cancelled' | 'ending' | 'ended-before';

const isoNow = ({ clock }: ControlParts) => new Date(clock.now()).toISOString();

/** Why a task is cancelled: a person asked for it, or whose task it is may not have it run any more. */
export type CancelReason = 'user' | 'disabled';

/**
 * Cancels a task. One that does not run is cancelled when this returns. For one that runs the intent is written down and
 * its agent interrupted; a worker must live to see it through (`ending`).
 */
export async function cancelTask(
  parts: ControlParts,
  taskId: string,
  detail: string | null,
  reason: CancelReason = 'user',
): Promise<Cancelled> {
  const outcome = await parts.tasks.hold(taskId, 'cancel', async (held): Promise<Cancelled> => {
    const { task } = held;
    if (isEnded(task)) return 'ended-before';
    if (task.status !== 'running') {
      await held.apply({ type: 'cancelled', at: isoNow(parts), reason });
      return 'cancelled';
    }
    const run = latestRun(task);
    if (!run) return 'ended-before';
    const intent = { kind: 'cancel', reason: 'user', detail, at: isoNow(parts) } as const;
    await saveIntent(parts.files, parts.paths.run(taskId, run.n), intent);
    if (run.pid > 0 && parts.processes.isAlive({ pid: run.pid, started: run.pid_started })) {
      parts.processes.signalGroup(run.pid, 'SIGINT');
    }
    return 'ending';
  });
  if (outcome === 'cancelled') {
    await tellEnd(parts, parts.tasks.load(taskId));
    parts.queue.remove(taskId);
    parts.queue.takeUp(taskId);
  }
  return outcome;
}

/** Puts a task back into the queue. The marker comes first: a task that waits without one would wait for ever. */
async function enqueue(parts: ControlParts, task: Task, afresh: boolean): Promise<Task> {
  const { task_id: taskId } = task;
  await parts.queue.add({
    priority: task.priority,
    queuedAt: parts.clock.now(),
    user: task.user_id ?? 'local',
    taskId,
  });
  const fresh = afresh ? { agent_session_id: randomUUID(), input_uuid: randomUUID() } : null;
  const keepsConversation = fresh === null || task.agent_session_id === null;
  const change = await parts.tasks.apply(taskId, {
    type: 'queued',
    at: isoNow(parts),
    afresh: fresh && { ...fresh, agent_session_id: keepsConversation ? null : fresh.agent_session_id },
  });
  parts.queue.takeUp(taskId);
  const placeholder = queuedEntry(change.task, null, null);
  try {
    if (placeholder) await parts.outbox.progress(placeholder);
  } catch (error) {
    // It is in the queue: to say otherwise would have it asked for twice.
    parts.log.warn({ task_id: taskId, error: String(error) }, 'the placeholder was not written');
  }
  return change.task;
}

/** Starts a task that was made with `--hold`, or one that was paused. */
export async function startTask(parts: ControlParts, taskId: string): Promise<Task> {
  const task = parts.tasks.load(taskId);
  if (task.status === 'pending' || task.status === 'running') return task;
  if (task.status !== 'paused') {
    return fail(
      'usage',
      `Task ${taskId} is ${task.status}.`,
      `Run it once more with: ccdispatch tasks retry ${taskId}`,
    );
  }
  return await enqueue(parts, task, false);
}

/**
 * Runs an ended task once more. One that did not complete goes on in its conversation, where it stopped; one that
 * completed, or `isFresh`, is done anew in a conversation of its own, in the same folder.
 */
export async function retryTask(parts: ControlParts, taskId: string, isFresh: boolean): Promise<Task> {
  const task = parts.tasks.load(taskId);
  if (!isEnded(task)) {
    return fail(
      'usage',
      `Task ${taskId} is ${task.status}, not ended.`,
      `See what it waits for with: ccdispatch tasks why ${taskId}`,
    );
  }
  return await enqueue(parts, task, isFresh || task.status === 'completed');
}
