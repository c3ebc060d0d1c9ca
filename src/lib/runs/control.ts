/** What people do to a task that exists: pause, resume, cancel, retry. Acts on files and processes directly, never through a queue. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Processes, ProcessId } from '../adapters/processes.ts';
import type { AgentSet } from '../agents/registry.ts';
import { fail } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { cutBytes } from '../format/text.ts';
import type { Queue } from '../queue/queue.ts';
import { type AgentNote, excerptBytes, isEnded, latestRun, type Task } from '../tasks/record.ts';
import type { HeldTask } from '../tasks/store.ts';
import { type Intent, loadIntent, overrulePause, saveIntent } from './intent.ts';
import { eventsFile } from './launch.ts';
import { type SettleParts, tellEnd } from './settle.ts';
import { queuedEntry } from './told.ts';

export interface ControlParts extends SettleParts {
  queue: Queue;
  processes: Processes;
  agents: Pick<AgentSet, 'get'>;
}

/** A run that has, or may have, an agent at work. */
interface LiveRun {
  folder: string;
  process: ProcessId | null;
}

/** The run to be ended; also one that was started by somebody who died before he could record it. Null where nothing runs. */
function liveRun({ files, paths }: ControlParts, task: Task): LiveRun | null {
  const run = latestRun(task);
  if (task.status === 'running' && run) {
    const process = run.pid > 0 ? { pid: run.pid, started: run.pid_started } : null;
    return { folder: paths.run(task.task_id, run.n), process };
  }
  if (task.status !== 'pending') return null;
  const folder = paths.run(task.task_id, (run?.n ?? 0) + 1);
  return files.stat(join(folder, eventsFile)) ? { folder, process: null } : null;
}

function interrupt({ processes }: ControlParts, { process }: LiveRun): void {
  if (process && processes.isAlive(process)) processes.signalGroup(process.pid, 'SIGINT');
}

/** Tells how a task that does not run stands, then takes its marker, which was to see to that: unless it waits again by now. */
async function tellAndDrop(parts: ControlParts, taskId: string): Promise<void> {
  await tellEnd(parts, parts.tasks.load(taskId));
  await parts.tasks.hold(taskId, 'leave the queue', async ({ task }) => {
    if (task.status === 'pending' || task.status === 'running') return;
    parts.queue.remove(taskId);
    if (task.status !== 'paused') parts.queue.takeUp(taskId);
  });
}

export type Cancelled = 'cancelled' | 'ending' | 'ended-before';

/** Why a task is cancelled: a person asked for it, its user was switched off, or the task before it did not succeed. */
export type CancelReason = 'user' | 'disabled' | 'after';

/**
 * Cancels a task. One that does not run is cancelled when this returns. For one that runs the intent is written down and
 * its agent interrupted; a worker must live to see it through (`ending`). It overrules a pause that is under way.
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
    const run = liveRun(parts, task);
    if (run) {
      await overrulePause(parts.files, run.folder, { kind: 'cancel', reason, detail, at: isoNow(parts.clock) });
      interrupt(parts, run);
      return 'ending';
    }
    if (detail !== null) await parts.tasks.saveOutput(taskId, detail);
    await held.apply({
      type: 'cancelled',
      at: isoNow(parts.clock),
      reason,
      ...(detail === null ? {} : { result: detail }),
    });
    return 'cancelled';
  });
  if (outcome === 'cancelled') await tellAndDrop(parts, taskId);
  return outcome;
}

/** Why a task is paused: a person asked for it, or something that ends by itself stands against it. */
export type PauseReason = 'user' | 'conflict' | 'limit' | 'budget' | 'memory';

export interface PauseRequest {
  reason: PauseReason;
  /** One sentence for people about why; null where the reason says all. */
  detail?: string | null;
  /** ISO instant at which it goes on by itself; null for when somebody says so. */
  resumeAt?: string | null;
}

/**
 * `paused`: it is, or was already. `pausing`: its agent was interrupted, and its worker sees to the rest. `ending`: it is
 * being cancelled, or its time was over. `ended-before`: nothing was left to pause.
 */
export type Paused = 'paused' | 'pausing' | 'ending' | 'ended-before';

async function pauseRun(parts: ControlParts, task: Task, run: LiveRun, intent: Intent): Promise<Paused> {
  const before = loadIntent(parts.files, run.folder);
  const isTakenOver = before?.kind === 'takeover';
  if (before && before.kind !== 'pause' && !isTakenOver) return 'ending';
  if (!before && !parts.agents.get(task.agent)?.canResume) {
    return fail(
      'usage',
      `Task ${task.task_id} cannot be paused while it runs: the agent "${task.agent}" cannot go on where it stopped.`,
      `Let it run, or end it with: ccdispatch tasks cancel ${task.task_id}`,
    );
  }
  // A person's pause does not end by itself: it takes the place of one that would.
  const isOverruled = isTakenOver || (before !== null && before.reason !== 'user' && intent.reason === 'user');
  if (isOverruled) await overrulePause(parts.files, run.folder, intent);
  else await saveIntent(parts.files, run.folder, intent);
  interrupt(parts, run);
  return 'pausing';
}

/**
 * Pauses a task: it leaves the queue, or its agent is interrupted so that the conversation is kept, and its slot is freed
 * (`pausing`; a worker must live to see it through). Throws `usage` for a running agent that could not go on. To pause
 * what is paused changes nothing, except that a person's pause takes the place of one that ends by itself, and that one at a
 * limit gets an end that had none.
 */
export async function pauseTask(
  parts: ControlParts,
  taskId: string,
  { reason, detail = null, resumeAt = null }: PauseRequest,
): Promise<Paused> {
  const at = isoNow(parts.clock);
  let isTold = true;
  const outcome = await parts.tasks.hold(taskId, 'pause', async (held): Promise<Paused> => {
    const { task } = held;
    if (isEnded(task)) return 'ended-before';
    const run = liveRun(parts, task);
    if (run) return await pauseRun(parts, task, run, { kind: 'pause', reason, detail, at, resume_at: resumeAt });
    isTold = task.status === 'paused';
    // Noted before it is true: a paused task that no list finds would be lost to people.
    await parts.queue.setAside(taskId);
    await held.apply({ type: 'paused', at, reason, result: detail, resume_at: resumeAt });
    return 'paused';
  });
  if (outcome === 'paused' && !isTold) await tellAndDrop(parts, taskId);
  return outcome;
}

interface Requeue {
  isFresh: boolean;
  note: AgentNote | null;
}

/** Puts a held task back into the queue. The marker comes first: a task that waits without one would wait for ever. */
async function requeue(parts: ControlParts, held: HeldTask, { isFresh, note }: Requeue): Promise<Task> {
  const { task } = held;
  const { task_id: taskId, priority, start_at, after } = task;
  // One that waits has its marker, or was claimed.
  if (task.status !== 'pending') {
    const user = task.user_id ?? 'local';
    const now = parts.clock.now();
    // One that never ran has what it was planned for before it; whoever is run once more waits for nothing.
    const isNew = !isEnded(task) && task.runs.every(({ pid }) => pid === 0);
    const queuedAt = isNew && start_at !== null ? Math.max(now, Date.parse(start_at)) : now;
    await parts.queue.putBack({ priority, queuedAt, user, taskId, ...(isNew && after !== null ? { after } : {}) });
  }
  const hasConversation = task.agent_session_id !== null;
  const afresh = { agent_session_id: hasConversation ? randomUUID() : null, input_uuid: randomUUID() };
  await held.apply({ type: 'queued', at: isoNow(parts.clock), afresh: isFresh ? afresh : null, note });
  parts.queue.takeUp(taskId);
  return held.task;
}

async function tellQueued(parts: ControlParts, task: Task): Promise<void> {
  const placeholder = queuedEntry(task, null, null);
  try {
    if (placeholder) await parts.outbox.progress(placeholder);
  } catch (error) {
    // It is in the queue: to say otherwise would have it asked for twice.
    parts.log.warn({ task_id: task.task_id, error: String(error) }, 'the placeholder was not written');
  }
}

export interface ResumeRequest {
  /** Told to the agent with its next line, exactly once: what changed meanwhile. At most 4 KiB of it are kept. */
  note?: string | null;
  /** Identifies the note, for a caller who may give the same one again; by default each one is new. */
  noteId?: string;
}

/**
 * Lets a paused task go on, or starts one that was made with `--hold`: it waits again, in its folder and conversation. One
 * that waits already takes the note; one that runs is left as it is, and takes none. Throws `busy` for one that is just
 * being paused, and `usage` for one that has ended.
 */
export async function resumeTask(
  parts: ControlParts,
  taskId: string,
  { note = null, noteId = randomUUID() }: ResumeRequest = {},
): Promise<Task> {
  // Its pause may not have been told, where whoever paused it was killed: then it never would be.
  const before = parts.tasks.load(taskId);
  if (before.status === 'paused') await tellEnd(parts, before);
  const agentNote = note === null ? null : { id: noteId, text: cutBytes(note, excerptBytes) };
  let isQueued = false;
  const resumed = await parts.tasks.hold(taskId, 'resume', async (held) => {
    const { task } = held;
    if (isEnded(task)) {
      const hint = `Run it once more with: ccdispatch tasks retry ${taskId}`;
      return fail('usage', `Task ${taskId} is ${task.status}.`, hint);
    }
    const run = liveRun(parts, task);
    if (run && loadIntent(parts.files, run.folder)?.kind === 'pause') {
      const hint = `Try again in a moment: ccdispatch tasks resume ${taskId}`;
      return fail('busy', `Task ${taskId} is just being paused.`, hint);
    }
    if (task.status === 'running') return task;
    isQueued = task.status === 'paused';
    return await requeue(parts, held, { isFresh: false, note: agentNote });
  });
  if (isQueued) await tellQueued(parts, resumed);
  return resumed;
}

/**
 * Runs an ended task once more. One that did not complete goes on in its conversation, where it stopped; one that
 * completed, or `isFresh`, is done anew in a conversation of its own, in the same folder.
 */
export async function retryTask(parts: ControlParts, taskId: string, isFresh: boolean): Promise<Task> {
  const refuse = (status: string, hint: string) => fail('usage', `Task ${taskId} is ${status}, not ended.`, hint);
  const { status } = parts.tasks.load(taskId);
  if (status === 'paused') refuse(status, `Let it go on with: ccdispatch tasks resume ${taskId}`);
  if (status === 'pending' || status === 'running') {
    refuse(status, `See what it waits for with: ccdispatch tasks why ${taskId}`);
  }
  const task = await parts.tasks.hold(taskId, 'retry', async (held) => {
    // Asked for twice at once it happens once.
    if (!isEnded(held.task)) return held.task;
    return await requeue(parts, held, { isFresh: isFresh || held.task.status === 'completed', note: null });
  });
  await tellQueued(parts, task);
  return task;
}
