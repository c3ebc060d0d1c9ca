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

/**
 * What a task can wait for. Some are followed by more: `resume_at` and `at` by an instant (`at:2026-11-20T10:00:00Z`), `after`
 * by the id and the name of the task that has to end before (`after:task-1-2:calc`).
 */
export const waitingCodes = [
  'slots',
  'user_slots',
  'fair_share',
  'conversation',
  'session',
  'session_paused',
  'attached',
  'folder',
  'memory',
  'tokens',
  'files',
  'disk',
  'hold',
  'approval',
  'account',
  'limit',
  'resume_at',
  'at',
  'after',
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
  /** Its agent could go on after a pause; missing in older entries. */
  can_pause?: boolean;
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
  /** Codes for what is new to know about the worktree it worked in; missing for nothing. */
  worktree_notes?: string[];
  /** What stands on the branch of the task's own; null, or missing in older entries, where there is none. */
  work?: ToldWork | null;
  /** It was paused at a limit, and goes on when somebody says so: it can be told to wait for the reset. */
  asks_at_limit?: boolean;
}

/** What a conversation has done on its branch since it left its base. */
export interface ToldWork {
  branch: string;
  files: number;
  insertions: number;
  deletions: number;
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
  /** What was chosen or written, where more than yes or no was asked. */
  choice?: string;
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
  /** The agent is a session's: what is allowed for good is allowed for the session. */
  in_session?: boolean;
  /** More than yes or no: a choice among options, or an opinion on a plan. */
  wants?: 'choice' | 'plan';
  /** What can be chosen by a button; empty where the answer has to be written. */
  choices?: string[];
  /** After so long without an answer it is denied. */
  patience_ms: number;
  /** Null while it is open. */
  answer: ToldAnswer | null;
}

/** How it was said what becomes of a task's work, as people are told. */
export interface ToldChoice {
  /** `resolve`: the agent brings both sides together. `keep`: its branch stays as it is. */
  choice: 'resolve' | 'keep' | 'cancel';
  how: 'person' | 'timeout' | 'void';
  /** The person's id, or `shell`; null where no person answered. */
  by: string | null;
  by_name: string | null;
}

/** A task's work does not fit onto what was merged while it waited. Its message is changed once there is an answer. */
export interface ConflictNotification extends AboutTask {
  kind: 'conflict';
  run: number;
  /** The task whose work was merged; null where that is not known. */
  other_task_id: string | null;
  other_task_name: string | null;
  /** Where the work was to go. */
  branch: string;
  /** Files that do not fit. */
  files: string[];
  /** After so long without an answer its branch stays as it is. */
  patience_ms: number;
  /** Null while it is open. */
  answer: ToldChoice | null;
}

/** A task changed a file that another one had changed before, and both go on. */
export interface MetNotification extends AboutTask {
  kind: 'met';
  run: number;
  other_task_id: string;
  other_task_name: string;
  file: string;
}

/** How it went with the work of a task that was to be merged or pushed; a code of another version shows `detail`. */
export const landedCodes = [
  'merged',
  'nothing',
  'conflict',
  'dirty',
  'under-way',
  'locked',
  'no-branch',
  'base-gone',
  'elsewhere',
  'refused',
  'pushed',
  'no-remote',
  'not-pushed',
  'failed',
] as const;
export type LandedCode = (typeof landedCodes)[number];

/** What became of a task's work when it was merged or pushed, as the settings wanted or somebody asked. */
export interface LandedNotification extends AboutTask {
  kind: 'landed';
  run: number;
  outcome: LandedCode;
  /** The branch that the work is on. */
  branch: string;
  /** Where it went, or was to go: a branch, or a remote. */
  into: string | null;
  /** The checkout that was in the way. */
  folder: string | null;
  /** The files that were in the way. */
  files: string[];
  /** The pull request. */
  url: string | null;
  /** What opens one, or clears the way. */
  commands: string[];
  /** git's own words, the ref that keeps what is not on the branch, or the lock that is in the way. */
  detail: string | null;
  /** False where it was merged already. */
  is_new: boolean;
  /** Commits of it are merges: the history of `into` is no line any more. */
  has_merges?: boolean;
}

/** What became of a session's agent: why it was started again, or why its session ended; `takeover` is said of any task. */
export const sessionCodes = ['stuck', 'dead', 'fresh', 'idle', 'takeover'] as const;
export type SessionCode = (typeof sessionCodes)[number];

/** A line about a session, told with the task that it spoke of last. */
export interface SessionNotification extends AboutTask {
  kind: 'session';
  run: number;
  /** The task's, for one that belongs to no session. */
  session_name: string;
  code: SessionCode;
  /** Counts what happened to the session, so that each is told once. */
  index: number;
}

/** A session that a person started by hand says something through its hooks. */
export interface HandNotification {
  kind: 'hand';
  event: 'Stop' | 'StopFailure' | 'Notification';
  /** The folder the session works in. */
  folder: string;
  text: string;
}

/** What can be wrong with the installation. */
export const alertCodes = [
  'few_accounts',
  'account_refused',
  'account_limited',
  'tasks_failing',
  'disk_low',
  'outbox_stuck',
  'bot_stuck',
] as const;
export type AlertCode = (typeof alertCodes)[number];

/** Admins are told what is wrong with the installation, and when it is over. */
export interface AlertNotification {
  kind: 'alert';
  code: AlertCode;
  /** The account that it is about; null for none. */
  subject: string | null;
  /** A number that belongs to it: accounts that are left, per cent of tasks, bytes, milliseconds. */
  amount: number;
  /** ISO instant at which it was found. */
  since: string;
  is_over: boolean;
}

/** A message came long after it was sent: shall it be run? A command that came late was not run at all. */
export interface LateNotice {
  kind: 'late';
  /** The message's update, which waits in the inbox for the answer. */
  update_id: number;
  age_ms: number;
  /** The command that was not run, without the slash; null where it is asked whether to run the message. */
  command: string | null;
}

/** Somebody wants to use the bot; admins are asked. */
export interface RegistrationNotice {
  kind: 'registration';
  user_id: string;
  /** As he calls himself. */
  name: string;
}

/** Who asked to be let in hears that he was. */
export interface AdmittedNotice {
  kind: 'admitted';
}

/** A message would begin a session, and no more may be open: which one is to end for it? */
export interface SessionLimitNotice {
  kind: 'session-limit';
  /** The message's update, which waits in the inbox for the answer. */
  update_id: number;
  /** So many may be open. */
  limit: number;
  /** The person's open sessions, the one last used first. */
  open: { session_id: string; name: string; unused_ms: number }[];
}

/** A message to a session has options that only a new one could have: what is meant? */
export interface SessionOptionsNotice {
  kind: 'session-options';
  /** The message's update, which waits in the inbox for the answer. */
  update_id: number;
  session_name: string;
  /** As they are written: `--model`. */
  options: string[];
}

/** What people are asked and told about themselves rather than about a task. */
export type Notice = LateNotice | RegistrationNotice | AdmittedNotice | SessionLimitNotice | SessionOptionsNotice;

/** What is said about a task. */
export type TaskNotification =
  | ProgressNotification
  | InterimNotification
  | EndedNotification
  | QuestionNotification
  | ConflictNotification
  | MetNotification
  | LandedNotification
  | SessionNotification;

/** What a person is asked; the message stays until there is an answer, and shows it then. */
export type AskingNotification = QuestionNotification | ConflictNotification;

export function isAsking(notification: Notification): notification is AskingNotification {
  return notification.kind === 'question' || notification.kind === 'conflict';
}

export function isNotice(notification: Notification): notification is Notice {
  return noticeKinds.includes(notification.kind);
}

const noticeKinds: readonly string[] = [
  'late',
  'registration',
  'admitted',
  'session-limit',
  'session-options',
] satisfies Notice['kind'][];

export type Notification = TaskNotification | HandNotification | AlertNotification | Notice;
