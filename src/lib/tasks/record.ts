/** The record of a task, `task-meta.json`: its shape, and how an older or broken one is read. */

import * as z from 'zod/mini';
import { fail } from '../errors/errors.ts';
import { parseTaskId } from '../format/task-id.ts';

const instant = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT/));
const optional = <T extends z.ZodMiniType>(type: T) => z._default(z.nullable(type), null);

const usage = z.object({ input_tokens: z.number(), output_tokens: z.number() });
const outcomes = z.enum(['completed', 'failed', 'cancelled', 'paused', 'lost']);

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
});

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
  /** 9 first, 0 last. */
  priority: z.number(),
  /** A session of ours that the task belongs to. */
  session_id: optional(z.string()),
  /** The agent's own conversation; chosen by us, and followed where the agent changes it. */
  agent_session_id: optional(z.string()),
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
  cost_usd: optional(z.number()),
  usage: optional(usage),
  duration_ms: optional(z.number()),
  /** A code for something that people should know about the outcome, such as `background_ended`. */
  note: optional(z.string()),
  changed_files: z._default(z.array(z.string()), []),
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
export type PendingTask = Extract<Task, { status: 'pending' }>;
export type TaskRun = z.infer<typeof run>;
export type TaskOptions = z.infer<typeof options>;
export type TokenUsage = z.infer<typeof usage>;
export type RunOutcome = z.infer<typeof outcomes>;

/** At most so many bytes of prompt and result stand in the record itself. */
export const excerptBytes = 4096;

/** Whether a text stands whole in the record; a cut one comes within one character of the limit. */
export function fitsRecord(text: string): boolean {
  return Buffer.byteLength(text) <= excerptBytes - 4;
}

export const endedStatuses: ReadonlySet<TaskStatus> = new Set(['completed', 'failed', 'cancelled']);

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
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return fail(
      'failed',
      `${path} is not readable as JSON.`,
      `Look at the file; ccdispatch doctor names every broken one.`,
      { cause: error },
    );
  }
  const version = (value as { schema_version?: unknown } | null)?.schema_version;
  if (typeof version === 'number' && version > 1) {
    return fail(
      'failed',
      `${path} was written by a newer ccdispatch (record version ${version}).`,
      'Update ccdispatch on this machine.',
    );
  }
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const issue = found.error.issues[0];
  return fail(
    'failed',
    `${path} is not a task record: ${issue?.path.join('.') || 'whole'}: ${issue?.message ?? 'invalid'}.`,
    'Look at the file; ccdispatch doctor names every broken one.',
  );
}

/** Whether the error says that the record is another version's: then it is whole, and stays where it is. */
export function isNewerRecord(error: unknown): boolean {
  return error instanceof Error && error.message.includes('newer ccdispatch');
}

/** The record as it is written to disk. */
export function renderTask(task: Task): string {
  return `${JSON.stringify(task, null, 1)}\n`;
}
