/** The record of a task, `task-meta.json`: its shape, and how an older or broken one is read. */

import * as z from 'zod/mini';
import { instant, optional, parseRecord, renderRecord } from '../format/stored-record.ts';
import { parseTaskId } from '../format/task-id.ts';

const usage = z.object({ input_tokens: z.number(), output_tokens: z.number() });
const outcomes = z.enum(['completed', 'failed', 'cancelled', 'paused', 'lost', 'handed-over']);

/** Of one run; null where it is not known. */
const spent = z.object({ cost_usd: optional(z.number()), usage: optional(usage) });

const run = z.object({
  /** Counts the runs of a task from 1; every transition that speaks of a run names it. */
  n: z.number(),
  pid: z.number(),
  /** The mark of the process's start, so that a later process with the same number is told apart. */
  pid_started: z.string(),
  account: optional(z.string()),
  started_at: instant,
  /** When the run's processes were gone; null while they live. */
  ended_at: optional(instant),
  /** How it came out; null while that is not known. */
  outcome: optional(outcomes),
  /** The uuid of the input line this run sent; the task's own, or one of its own that says to continue. */
  input_uuid: optional(z.string()),
  /** What it spent itself; null while it runs, for one that never started, and in records of older versions. */
  spent: optional(spent),
});

const work = z.object({
  commit: z.string(),
  files: z.number(),
  insertions: z.number(),
  deletions: z.number(),
});

const agentNote = z.object({ id: z.string(), text: z.string() });

const options = z.object({
  effort: optional(z.string()),
  permission_mode: optional(z.string()),
  allowed_tools: z._default(z.array(z.string()), []),
  yolo: z._default(z.boolean(), false),
  agent_teams: z._default(z.boolean(), false),
  max_budget_usd: optional(z.number()),
  /** Somebody at a shell answers what the agent asks. */
  approvals: z._default(z.boolean(), false),
  /** Wall clock of a run in milliseconds; null: the setting's. */
  timeout_ms: optional(z.number()),
});

const common = {
  schema_version: z.literal(1),
  task_id: z.string().check(z.refine((text) => parseTaskId(text) !== null, 'must be a task id')),
  task_name: z.string(),
  /** The chat the task belongs to; null for none. */
  telegram_group: optional(z.string()),
  thread_id: optional(z.number()),
  user_id: optional(z.string()),
  /** The message that asked for it, which the result answers. */
  message_id: optional(z.number()),
  language: optional(z.enum(['en', 'zh'])),
  agent: z.string(),
  profile: optional(z.string()),
  account: optional(z.string()),
  model: optional(z.string()),
  /** The first 4 KiB of what was asked; the whole is in `prompt.txt`. */
  prompt: z.string(),
  workdir: z.string(),
  repo: optional(z.string()),
  branch: optional(z.string()),
  base: optional(z.string()),
  /** The worktree it works in, by the id of the task that it was made for; null where it works elsewhere. */
  worktree: optional(z.string()),
  /** What its conversation has done in the worktree since its base, as of the latest outcome. */
  work: optional(work),
  /** 9 first, 0 last. */
  priority: z.number(),
  /** It does not start before; null: as soon as it may. */
  start_at: optional(instant),
  /** The task that has to end before; null for none. */
  after: optional(z.string()),
  /** What becomes of it where that one ends without success. */
  if_failed: z._default(z.enum(['cancel', 'run']), 'cancel'),
  /** A session of ours that the task belongs to. */
  session_id: optional(z.string()),
  /** The agent's own conversation; chosen by us, and followed where the agent changes it. */
  agent_session_id: optional(z.string()),
  /** Conversations that it began and left, oldest first: run afresh, or led elsewhere by the agent. They go with the task. */
  left_sessions: z._default(z.array(z.string()), []),
  /** The task continues a conversation that was there before it. */
  continues: z._default(z.boolean(), false),
  /** The uuid of the task's input line: the agent's transcript tells by it what was done already. */
  input_uuid: z.string(),
  options,
  created_at: instant,
  runs: z.array(run),
  machine: z._default(z.string(), 'local'),
  source: z.object({ kind: z.enum(['telegram', 'shell', 'hook', 'cron']), update_id: optional(z.number()) }),
  /** The first 4 KiB of the final text, or of what went wrong; the whole is in `task-output.txt`. */
  result: optional(z.string()),
  /** Of the latest run, and of those before it that were lost or handed over to it. */
  cost_usd: optional(z.number()),
  usage: optional(usage),
  duration_ms: optional(z.number()),
  /** A code for something that people should know about the outcome, such as `background_ended`. */
  note: optional(z.string()),
  /** Codes for what was new to know about the worktree that was made for the latest run. */
  worktree_notes: z._default(z.array(z.string()), []),
  changed_files: z._default(z.array(z.string()), []),
  /** What the agent is to be told with its next line beside it, oldest first; each run keeps which of them it sent. */
  agent_notes: z._default(z.array(agentNote), []),
};

const notEnded = { completed_at: z._default(z.null(), null), resume_at: optional(instant) };
const ended = { completed_at: instant, resume_at: z._default(z.null(), null) };
const text = z.string();

const schema = z.discriminatedUnion('status', [
  z.object({
    ...common,
    ...notEnded,
    status: z.literal('pending'),
    reason: optional(text),
    started_at: optional(instant),
  }),
  z.object({ ...common, ...notEnded, status: z.literal('running'), reason: optional(text), started_at: instant }),
  z.object({ ...common, ...notEnded, status: z.literal('paused'), reason: text, started_at: optional(instant) }),
  z.object({ ...common, ...ended, status: z.literal('completed'), reason: optional(text), started_at: instant }),
  z.object({ ...common, ...ended, status: z.literal('failed'), reason: text, started_at: optional(instant) }),
  z.object({ ...common, ...ended, status: z.literal('cancelled'), reason: text, started_at: optional(instant) }),
]);

export type Task = z.infer<typeof schema>;
export type TaskStatus = Task['status'];
export type TaskRun = z.infer<typeof run>;
export type RunSpent = z.infer<typeof spent>;
export type TokenUsage = z.infer<typeof usage>;
export type AgentNote = z.infer<typeof agentNote>;
export type RunOutcome = z.infer<typeof outcomes>;

/** At most so many bytes of prompt and result stand in the record itself. */
export const excerptBytes = 4096;

/** Whether a text stands whole in the record; a cut one comes within one character of the limit. */
export function fitsRecord(text: string): boolean {
  return Buffer.byteLength(text) <= excerptBytes - 4;
}

const endedStatuses: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled']);

/** Whether nothing more will happen to the task unless somebody asks for it. */
export function isEnded(task: Task): boolean {
  return endedStatuses.has(task.status);
}

/** The latest run, or null for a task that never started. */
export function latestRun(task: Task): TaskRun | null {
  return task.runs.at(-1) ?? null;
}

/**
 * Reads a record. Throws `failed` for text that is no record (cut in half, not JSON, a newer version): the caller
 * reports it; only a writer that holds the task's lock sets it aside.
 */
export function parseTask(json: string, path: string): Task {
  return parseRecord(json, path, 'a task record', schema);
}

/** The record as it is written to disk. */
export function renderTask(task: Task): string {
  return renderRecord(task);
}
