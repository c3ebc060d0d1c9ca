/** Every legal change of a task, as one pure function. */

import { fail } from '../errors/errors.ts';
import type { AgentNote, RunOutcome, RunSpent, Task, TaskRun, TokenUsage } from './record.ts';
import { nothingSpent, spentInTurn } from './spent.ts';

/** What is known of a run once it came out. */
export interface Conclusion {
  outcome: Exclude<RunOutcome, 'lost' | 'handed-over'>;
  reason: string | null;
  /** At most 4 KiB. */
  result: string | null;
  /** Of this run alone. */
  cost_usd: number | null;
  usage: TokenUsage | null;
  duration_ms: number | null;
  note: string | null;
  /** Left out where there is nothing new to know of a worktree. */
  worktree_notes?: string[];
  changed_files: string[];
  /** What stands on the branch of its worktree; left out where it has none, or that is not known. */
  work?: NonNullable<Task['work']>;
  agent_session_id: string | null;
  /** ISO instant at which a paused task goes on by itself; null for never. */
  resume_at: string | null;
}

/** Everything that can happen to a task. `at` is an ISO instant. */
export type TaskEvent =
  | { type: 'started'; run: Omit<TaskRun, 'ended_at' | 'outcome' | 'spent'> }
  | { type: 'ended'; run: number; at: string; isGone: boolean; conclusion: Conclusion }
  | { type: 'gone'; run: number; at: string }
  | {
      type: 'lost';
      run: number;
      at: string;
      /** It was not lost, but interrupted so that another run goes on under another account. */
      isHandedOver?: boolean;
      /** What it spent before that; absent where it is not known. */
      spent?: RunSpent;
    }
  | {
      type: 'queued';
      at: string;
      /** Another conversation and line, where it is done anew. */
      afresh: { agent_session_id: string | null; input_uuid: string } | null;
      /** What its agent is told beside; one whose id is known already is not taken once more. */
      note?: AgentNote | null;
    }
  | { type: 'paused'; at: string; reason: string; result: string | null; resume_at: string | null }
  | { type: 'cancelled'; at: string; reason: string; result?: string | null }
  | { type: 'refused'; run: number; at: string; reason: string; result: string };

export interface Change {
  task: Task;
  /** False where the event had happened already, or spoke of an older run. */
  changed: boolean;
}

const same = (task: Task): Change => ({ task, changed: false });
const to = (task: Task): Change => ({ task, changed: true });

/** What a person can do with a task that stands so. */
function nextOf({ status, task_id: id }: Task): string {
  switch (status) {
    case 'pending':
      return `See what it waits for with: ccdispatch tasks why ${id}`;
    case 'running':
      return `Pause it with: ccdispatch tasks pause ${id}, or end it with: ccdispatch tasks cancel ${id}`;
    case 'paused':
      return `Let it go on with: ccdispatch tasks resume ${id}`;
    default:
      return `Run it once more with: ccdispatch tasks retry ${id}`;
  }
}

function illegal(task: Task, event: TaskEvent): never {
  const run = event.type === 'started' ? event.run.n : 'run' in event ? event.run : null;
  const what = run === null ? `"${event.type}"` : `"${event.type}" of run ${run}`;
  return fail('failed', `Task ${task.task_id} is ${task.status}: ${what} cannot happen to it now.`, nextOf(task));
}

function withRun(task: Task, n: number, change: Partial<TaskRun>): TaskRun[] {
  return task.runs.map((run) => (run.n === n ? { ...run, ...change } : run));
}

/** The task in another conversation; the one that it leaves is noted, unless it was there before the task. */
function withConversation(task: Task, id: string | null): Pick<Task, 'agent_session_id' | 'left_sessions'> {
  const { agent_session_id: before, left_sessions, continues } = task;
  const isLeft = before !== null && before !== id && !continues && !left_sessions.includes(before);
  return { agent_session_id: id, left_sessions: isLeft ? [...left_sessions, before] : left_sessions };
}

function started(task: Task, event: Extract<TaskEvent, { type: 'started' }>): Change {
  const latest = task.runs.at(-1)?.n ?? 0;
  if (event.run.n <= latest) return same(task);
  // A conversation has one agent at a time: who starts a run closes what is open first.
  const isOpen = task.runs.some(({ ended_at }) => ended_at === null);
  if (task.status !== 'pending' || isOpen || event.run.n !== latest + 1) return illegal(task, event);
  const runs = [...task.runs, { ...event.run, ended_at: null, outcome: null, spent: null }];
  const account = event.run.account ?? task.account;
  const started_at = event.run.started_at;
  return to({ ...task, status: 'running', reason: null, resume_at: null, account, started_at, runs });
}

function ended(task: Task, event: Extract<TaskEvent, { type: 'ended' }>): Change {
  const latest = task.runs.at(-1);
  if (!latest || event.run > latest.n) return illegal(task, event);
  if (event.run < latest.n || latest.outcome !== null) return same(task);
  if (task.status !== 'running') return illegal(task, event);
  const { outcome, reason, resume_at, agent_session_id, cost_usd, usage, ...rest } = event.conclusion;
  const ended_at = event.isGone ? event.at : latest.ended_at;
  const runs = withRun(task, event.run, { outcome, ended_at, spent: { cost_usd, usage } });
  const common = {
    ...task,
    ...rest,
    ...spentInTurn(runs, event.run),
    runs,
    ...withConversation(task, agent_session_id ?? task.agent_session_id),
  };
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

/** A run ended without an outcome, unseen or to be taken over: the task waits again, and its next run goes on where this one stopped. */
function lost(task: Task, event: Extract<TaskEvent, { type: 'lost' }>): Change {
  const latest = task.runs.at(-1);
  if (!latest || event.run > latest.n) return illegal(task, event);
  if (event.run < latest.n || latest.outcome !== null) return same(task);
  if (task.status !== 'running') return illegal(task, event);
  const outcome = event.isHandedOver ? 'handed-over' : 'lost';
  const runs = withRun(task, event.run, { outcome, ended_at: event.at, spent: event.spent ?? nothingSpent });
  const spent = spentInTurn(runs, event.run);
  return to({ ...task, ...spent, status: 'pending', reason: event.isHandedOver ? 'limit' : 'lost', runs });
}

/** The notes with one more; the same array where it is there already, or there is none. */
function withNote(notes: AgentNote[], note: AgentNote | null = null): AgentNote[] {
  return note === null || notes.some(({ id }) => id === note.id) ? notes : [...notes, note];
}

/** It waits again. One that waits already takes the note: its agent has not started. */
function queued(task: Task, event: Extract<TaskEvent, { type: 'queued' }>): Change {
  if (task.status === 'running') return illegal(task, event);
  const agent_notes = withNote(event.afresh ? [] : task.agent_notes, event.note);
  if (task.status === 'pending') {
    return agent_notes.length > task.agent_notes.length ? to({ ...task, agent_notes }) : same(task);
  }
  const afresh = event.afresh
    ? { ...event.afresh, ...withConversation(task, event.afresh.agent_session_id), continues: false }
    : {};
  return to({
    ...task,
    ...afresh,
    agent_notes,
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
    worktree_notes: [],
  });
}

/** A run that never was a process: it gives an ending a number of its own, so that each is told once. */
function emptyRun(n: number, at: string, outcome: RunOutcome): TaskRun {
  const none = { pid: 0, pid_started: '', account: null, input_uuid: null, spent: null };
  return { n, ...none, started_at: at, ended_at: at, outcome };
}

/**
 * A task that waits is paused at once; one that runs is paused by its worker, because an intent was written. A person's
 * pause takes the place of one that would end by itself; one at a limit that waited for his word may get its end.
 */
function paused(task: Task, event: Extract<TaskEvent, { type: 'paused' }>): Change {
  const { at, reason, result, resume_at } = event;
  if (task.status === 'paused') {
    const isOverruled = reason === 'user' && task.reason !== 'user' && task.reason !== 'hold';
    if (isOverruled) return to({ ...task, reason, resume_at: null });
    const getsEnd = reason === 'limit' && task.reason === 'limit' && task.resume_at === null && resume_at !== null;
    return getsEnd ? to({ ...task, resume_at }) : same(task);
  }
  if (task.status !== 'pending') return illegal(task, event);
  const runs = [...task.runs, emptyRun((task.runs.at(-1)?.n ?? 0) + 1, at, 'paused')];
  return to({ ...task, status: 'paused', reason, result, resume_at, runs });
}

/** A task that does not run is cancelled at once; one that runs is ended by its worker, because an intent was written. */
function cancelled(task: Task, event: Extract<TaskEvent, { type: 'cancelled' }>): Change {
  if (task.status === 'cancelled') return same(task);
  if (task.status !== 'pending' && task.status !== 'paused') return illegal(task, event);
  const { at, reason, result = task.result } = event;
  const runs = [...task.runs, emptyRun((task.runs.at(-1)?.n ?? 0) + 1, at, 'cancelled')];
  return to({ ...task, status: 'cancelled', reason, result, completed_at: at, resume_at: null, runs });
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
    case 'paused':
      return paused(task, event);
    case 'cancelled':
      return cancelled(task, event);
    case 'refused':
      return refused(task, event);
  }
}
