/** Every sentence that a chat can get, as a table that each language has to fill. */

import type { HandNotification, SessionCode, ToldChoice, ToldOutcome, WaitingCode } from './notification.ts';

/** Why a run did not complete; a code that is not here shows itself. */
export const reasonCodes = [
  'after',
  'agent',
  'auth',
  'budget',
  'conflict',
  'conversation',
  'disabled',
  'disk',
  'hold',
  'interrupted',
  'limit',
  'lost',
  'memory',
  'overloaded',
  'spawn',
  'timeout',
  'user',
  'workdir',
  'worktree',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** What a result may add about how the run ended. */
export const noteCodes = ['background_ended', 'work_elsewhere', 'work_left_out', 'work_not_committed'] as const;
export type NoteCode = (typeof noteCodes)[number];

/** What a result may add about the worktree in which the work was done. */
export const worktreeNoteCodes = ['dirty', 'submodules', 'lfs', 'kept_aside'] as const;
export type WorktreeNoteCode = (typeof worktreeNoteCodes)[number];

/** Words before a command that a person can type next. */
export interface NextTexts {
  logs: string;
  retry: string;
  resume: string;
  doctor: string;
}

/** A question of an agent: its message, its buttons, and what those who press them hear. */
export interface QuestionTexts {
  buttons: Record<'allow' | 'allowTask' | 'allowSession' | 'deny', string>;
  /** Behind the task's name. */
  asks(tool: string): string;
  /** The same for its own questions, and for a plan. */
  asksChoice: string;
  asksPlan: string;
  /** Behind the tool's name, once there is an answer. */
  allowedOnce(who: string): string;
  allowedForTask(who: string): string;
  allowedForSession(who: string): string;
  denied(who: string): string;
  /** What somebody chose or wrote; what he wants to be different about a plan. */
  chosen(who: string, choice: string): string;
  wantsChanged(who: string, what: string): string;
  timedOut(patienceMs: number): string;
  byRule: string;
  voided: string;
  /** Who has answered from a shell. */
  shell: string;
  within(patienceMs: number): string;
  /** How to answer in words, where buttons are not enough; without buttons; and to a plan. */
  orReply: string;
  replyAlone: string;
  replyToChange: string;
  /** A command follows. */
  answerWith: string;
  wholeAbove: string;
  /** Behind the task's name, under the file. */
  wholeCaption: string;
  /** Shown to whoever pressed; at most 200 characters. */
  replies: Record<
    | 'allowed'
    | 'allowedForTask'
    | 'allowedForSession'
    | 'denied'
    | 'passedOn'
    | 'needsWords'
    | 'needsYesOrNo'
    | 'notAllowed'
    | 'unknown',
    string
  >;
  /** The same; how it was answered follows. */
  tooLate: string;
}

/** What is said of tasks that changed the same files. */
export interface ConflictTexts {
  buttons: Record<ToldChoice['choice'], string>;
  /** Behind the task's name. */
  doesNotFit(branch: string): string;
  /** Whose work came first; files follow. */
  merged(name: string, id: string): string;
  files: string;
  /** What each button does. */
  choices: string;
  within(patienceMs: number): string;
  /** A command follows. */
  keepWith: string;
  /** Behind the task's name, once there is an answer. */
  answered: Record<ToldChoice['choice'], (who: string) => string>;
  timedOut(patienceMs: number): string;
  voided: string;
  /** Shown to whoever pressed; at most 200 characters. */
  replies: Record<ToldChoice['choice'], string>;
  /** Under a task that waits for another one. */
  goesOn: string;
  /** Behind the task's name; the file follows. */
  met(name: string, id: string): string;
}

export interface Texts {
  /** Behind a session's name. */
  sessions: Record<SessionCode, string>;
  /** Why a run is paused whose accounts have all met their limit. */
  limit: { until(time: string): string; asks(reset: string | null): string };
  /** Buttons under progress, under a result, or under the news of a pause. */
  buttons: Record<
    'retry' | 'log' | 'continue' | 'files' | 'pause' | 'resume' | 'cancel' | 'takeBack' | 'waitForReset',
    string
  >;
  /** Between head and comment: `calc — working`. */
  dash: string;
  /** Between the things of an enumeration. */
  comma: string;
  /** Between two parts of a sentence. */
  clause: string;
  /** Before what follows: `Logs: …`. */
  colon: string;
  yolo: string;
  outcomes: Record<ToldOutcome, string>;
  reasons: Record<ReasonCode, string>;
  /** More to say about a reason, as a sentence of its own; null where the reason says it all. */
  advice: Record<ReasonCode, string | null>;
  waiting: Record<Exclude<WaitingCode, 'resume_at' | 'at' | 'after'>, string>;
  /** It waits for a point of time: `2026-11-21 09:00`. */
  startsAt(time: string): string;
  /** It waits for the end of another task. */
  comesAfter(name: string, id: string): string;
  /** Why it was cancelled: the task before it came out like this. */
  afterCameOut(name: string, id: string, outcome: 'failed' | 'cancelled' | 'gone'): string;
  /** It goes on by itself after so many milliseconds. */
  resumesIn(ms: number): string;
  notes: Record<NoteCode, string>;
  worktreeNotes: Record<WorktreeNoteCode, string>;
  next: NextTexts;
  queued(position: number | null): string;
  working: string;
  seeBelow: string;
  /** The progress message after an answer whose sending was interrupted; a command follows. */
  toldHere: string;
  /** The progress message of a run whose answer Telegram would not take; a command follows. */
  notTaken: string;
  maybeRepeat: string;
  wholeInFile: string;
  wholeAnswer: string;
  noAnswer: string;
  soFar: string;
  stillRunning: string;
  changedFiles(count: number): string;
  /** How many there are beyond those that are named. */
  andMore(count: number): string;
  tokens(input: string, output: string): string;
  duration(ms: number): string;
  hand: Record<HandNotification['event'], string>;
  question: QuestionTexts;
  conflict: ConflictTexts;
  /** The head of the message that many tasks share. */
  manyTasks(running: number, others: number): string;
  allDone: string;
}
