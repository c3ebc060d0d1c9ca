/** What a person is told, as data: it becomes text, in the reader's language, only when it is sent. */

export type Language = 'en' | 'zh';

/** How a run came out, as people are told. */
export type ToldOutcome = 'completed' | 'failed' | 'cancelled' | 'paused';

export interface TokenUsage {
  input_tokens: number;
  output_tokens: number;
}

/** What every notification about a task says of it. */
interface AboutTask {
  task_id: string;
  /** The task's name as one line; never empty. */
  task_name: string;
  agent: string;
  /** The task runs without permission prompts: each of its messages shows so. */
  yolo: boolean;
  /** It was asked for in a chat: what can be typed next are commands of the bot, not of a shell. */
  from_chat?: boolean;
}

/** What a task can wait for; `resume_at` is followed by the instant: `resume_at:2026-11-20T10:00:00Z`. */
export const waitingCodes = [
  'slots',
  'user_slots',
  'fair_share',
  'conversation',
  'memory',
  'tokens',
  'disk',
  'hold',
  'approval',
  'limit',
  'resume_at',
] as const;
export type WaitingCode = (typeof waitingCodes)[number];

/** The one message of a run that is edited as it goes; also the placeholder before it starts. */
export interface ProgressNotification extends AboutTask {
  kind: 'progress';
  /** The run it is about, from 1; before the first run starts it is 1, too. */
  run: number;
  state: 'queued' | 'running' | 'paused' | 'ended';
  /** Place in the queue, 1 is next; null where unknown or not queued. */
  position: number | null;
  /** What it waits for, as a {@link WaitingCode} or a code of another version; null where nothing in particular. */
  waiting_for: string | null;
  /** ISO instant of the run's start; elapsed time is computed when the text is made. */
  started_at: string | null;
  /** The tool at work and what it works on (a file name, a command's first words). */
  tool: { name: string; target: string | null } | null;
  usage: TokenUsage | null;
  /** Set once it has ended. */
  outcome: ToldOutcome | null;
}

/** A result while background tasks of the agent still run. */
export interface InterimNotification extends AboutTask {
  kind: 'interim';
  run: number;
  /** Counts the interim results of the run from 1. */
  index: number;
  text: string;
  /** Descriptions of what still runs. */
  background: string[];
}

/** The outcome of a run: the message that must arrive. */
export interface EndedNotification extends AboutTask {
  kind: 'ended';
  run: number;
  outcome: ToldOutcome;
  /** Why, where it did not complete: `limit`, `auth`, `timeout`, `agent`, `spawn`, `user`, … */
  reason: string | null;
  /** For people: the answer as Markdown, or what went wrong; at most 64 KiB here. */
  text: string;
  /** Absolute path of the file with the whole text; null where `text` is whole. */
  output_file: string | null;
  duration_ms: number | null;
  cost_usd: number | null;
  usage: TokenUsage | null;
  /** Files that the run wrote, relative to its folder where they lie in it. */
  changed_files: string[];
  /** A code for one more line, such as `background_ended`; null for none. */
  note: string | null;
}

/** How a question came to its end, as people are told. */
export interface ToldAnswer {
  answer: 'allow' | 'deny';
  /** `task`: the same question of this task is answered in the same way from now on. */
  scope: 'once' | 'task';
  how: 'person' | 'timeout' | 'rule' | 'void';
  /** The person's id, or `shell`; null where no person answered. */
  by: string | null;
  by_name: string | null;
}

/** An agent asks whether it may use a tool. Its message is changed once there is an answer. */
export interface QuestionNotification extends AboutTask {
  kind: 'question';
  run: number;
  approval_id: string;
  tool: string;
  /** What it wants to use the tool for: secrets masked, nothing hidden; cut where `input_file` holds the whole. */
  fields: { name: string; value: string }[];
  /** Absolute path of the file with the whole; null where `fields` is whole. */
  input_file: string | null;
  /** After so long without an answer it is denied. */
  patience_ms: number;
  /** Null while it is open. */
  answer: ToldAnswer | null;
}

/** A session that a person started by hand says something through its hooks. */
export interface HandNotification {
  kind: 'hand';
  event: 'Stop' | 'StopFailure' | 'Notification';
  /** The folder the session works in. */
  folder: string;
  text: string;
}

/** What is said about a task. */
export type TaskNotification = ProgressNotification | InterimNotification | EndedNotification | QuestionNotification;

export type Notification = TaskNotification | HandNotification;
