/** Every legal change of a task, as one pure function. */

import { fail } from '../errors/errors.ts';
import type { RunOutcome, Task, TaskRun, TokenUsage } from './record.ts';

/** What is known of a run once it came out. */
export interface Conclusion {
  outcome: Exclude<RunOutcome, 'lost'>;
  reason: string | null;
  /** At most 4 KiB. */
  result: string | null;
  cost_usd: number | null;
  usage: TokenUsage | null;
  duration_ms: number | null;
  note: string | null;
  changed_files: string[];
  agent_session_id: string | null;
  /** ISO instant at which a paused task goes on by itself; null for never. */
  resume_at: string | null;
}

/** Everything that can happen to a task. `at` is an ISO instant. */
export type TaskEvent =
  | { type: 'started'; run: Omit<TaskRun, 'ended_at' | 'outcome'> }
  | { type: 'ended'; run: number; at: string; isGone: boolean; conclusion: Conclusion }
  | { type: 'gone'; run: number; at: string }
  | { type: 'lost'; run: number; at: string }
  | { type: 'queued'; at: string; afresh: { agent_session_id: string | null; input_uuid: string } | null }
  | { type: 'cancelled'; at: string; reason: string }
  | { type: 'refused'; run: number; at: string; reason: string; result: string };

export interface Change {
  task: Task;
  /** False where the event had happened already, or spoke of an older run. */
  changed: boolean;
}

const same = (task: Task): Change => ({ task, changed: false });
const to = (task: Task): Change => ({ task, changed: true });

function illegal(task: Task, event: TaskEvent): never {
  return fail(
    'failed',
    `Task ${task.task_id} is ${task.status}: "${event.type}" cannot happen to it now.`,
    `Look at it with: ccdispatch tasks show ${task.task_id}`,
  );
}

function withRun(task: Task, n: number, change: Partial<TaskRun>): TaskRun[] {
  return task.runs.map((run) => (run.n === n ? { ...run, ...change } : run));
}

function started(task: Task, event: Extract<TaskEvent, { type: 'started' }>): Change {
  const latest = task.runs.at(-1)?.n ?? 0;
  if (event.run.n <= latest) return same(task);
  // A conversation has one agent at a time: who starts a run closes what is open first.
  const isOpen = task.runs.some(({ ended_at }) => ended_at === null);
  if (task.status !== 'pending' || isOpen || event.run.n !== latest + 1) return illegal(task, event);
  const runs = [...task.runs, { ...event.run, ended_at: null, outcome: null }];
  return to({ ...task, status: 'running', reason: null, resume_at: null, started_at: event.run.started_at, runs });
}

function ended(task: Task, event: Extract<TaskEvent, { type: 'ended' }>): Change {
  const latest = task.runs.at(-1);
  if (!latest || event.run > latest.n) return illegal(task, event);
  if (event.run < latest.n || latest.outcome !== null) return same(task);
  if (task.status !== 'running') return illegal(task, event);
  const { outcome, reason, resume_at, agent_session_id, ...rest } = event.conclusion;
  const runs = withRun(task, event.run, { outcome, ended_at: event.isGone ? event.at : latest.ended_at });
  const common = { ...task, ...rest, runs, agent_session_id: agent_session_id ?? task.agent_session_id };
  switch (outcome) {
    case 'completed':
      return to({ ...common, status: 'completed', reason, completed_at: event.at, resume_at: null });
    case 'failed':
      return to({ ...common, status: 'failed', reason: reason ?? 'agent', completed_at: event.at, resume_at: null });
    case 'cancelled':
      return to({ ...common, status: 'cancelled', reason: reason ?? 'user', completed_at: event.at, resume_at: null });
    case 'paused':
      return to({ ...common, status: 'paused', reason: reason ?? 'user', completed_at: null, resume_at });
  }
}

function gone(task: Task, event: Extract<TaskEvent, { type: 'gone' }>): Change {
  const run = task.runs.find(({ n }) => n === event.run);
  if (!run) return illegal(task, event);
  if (run.ended_at !== null) return same(task);
  return to({ ...task, runs: withRun(task, event.run, { ended_at: event.at }) } as Task);
}

/** A run ended unseen and without an outcome: the task waits again, and its next run goes on where this one stopped. */
function lost(task: Task, event: Extract<TaskEvent, { type: 'lost' }>): Change {
  const latest = task.runs.at(-1);
  if (!latest || event.run > latest.n) return illegal(task, event);
  if (event.run < latest.n || latest.outcome !== null) return same(task);
  if (task.status !== 'running') return illegal(task, event);
  const runs = withRun(task, event.run, { outcome: 'lost', ended_at: event.at });
  return to({ ...task, status: 'pending', reason: 'lost', runs });
}

function queued(task: Task, event: Extract<TaskEvent, { type: 'queued' }>): Change {
  if (task.status === 'pending') return same(task);
  if (task.status === 'running') return illegal(task, event);
  const afresh = event.afresh ? { ...event.afresh, continues: false } : {};
  return to({
    ...task,
    ...afresh,
    status: 'pending',
    reason: null,
    completed_at: null,
    resume_at: null,
    result: null,
    // These speak of the latest run: left standing they would be counted once more if the next one never starts.
    cost_usd: null,
    usage: null,
    changed_files: [],
    duration_ms: null,
    note: null,
  });
}

/** A run that never was a process: it gives an ending a number of its own, so that each is told once. */
function emptyRun(n: number, at: string, outcome: RunOutcome): TaskRun {
  return { n, pid: 0, pid_started: '', account: null, started_at: at, ended_at: at, outcome, input_uuid: null };
}

/** A task that does not run is cancelled at once; one that runs is ended by its worker, because an intent was written. */
function cancelled(task: Task, event: Extract<TaskEvent, { type: 'cancelled' }>): Change {
  if (task.status === 'cancelled') return same(task);
  if (task.status !== 'pending' && task.status !== 'paused') return illegal(task, event);
  const { at, reason } = event;
  const runs = [...task.runs, emptyRun((task.runs.at(-1)?.n ?? 0) + 1, at, 'cancelled')];
  return to({ ...task, status: 'cancelled', reason, completed_at: at, resume_at: null, runs });
}

/** The run could not be started at all. */
function refused(task: Task, event: Extract<TaskEvent, { type: 'refused' }>): Change {
  const latest = task.runs.at(-1)?.n ?? 0;
  if (event.run <= latest) return same(task);
  if (task.status !== 'pending' || event.run !== latest + 1) return illegal(task, event);
  const { at, reason, result } = event;
  const runs = [...task.runs, emptyRun(event.run, at, 'failed')];
  return to({ ...task, status: 'failed', reason, result, completed_at: at, resume_at: null, runs });
}

/**
 * The task after the event. What happened already is a no-op, and so is an event about an older run; what cannot
 * happen throws `failed`. The input is not changed.
 */
export function transition(task: Task, event: TaskEvent): Change {
  switch (event.type) {
    case 'started':
      return started(task, event);
    case 'ended':
      return ended(task, event);
    case 'gone':
      return gone(task, event);
    case 'lost':
      return lost(task, event);
    case 'queued':
      return queued(task, event);
    case 'cancelled':
      return cancelled(task, event);
    case 'refused':
      return refused(task, event);
  }
}
