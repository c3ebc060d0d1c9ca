/** Every sentence that a chat can get, as a table that each language has to fill. */

import type { HandNotification, ToldOutcome, WaitingCode } from './notification.ts';

/** Why a run did not complete; a code that is not here shows itself. */
export const reasonCodes = [
  'agent',
  'auth',
  'budget',
  'conflict',
  'conversation',
  'disabled',
  'disk',
  'interrupted',
  'limit',
  'lost',
  'overloaded',
  'spawn',
  'timeout',
  'user',
  'workdir',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** What a result may add about how the run ended. */
export const noteCodes = ['background_ended'] as const;
export type NoteCode = (typeof noteCodes)[number];

/** Words before a command that a person can type next. */
export interface NextTexts {
  logs: string;
  retry: string;
  resume: string;
  doctor: string;
}

/** A question of an agent: its message, its buttons, and what those who press them hear. */
export interface QuestionTexts {
  buttons: Record<'allow' | 'allowTask' | 'deny', string>;
  /** Behind the task's name. */
  asks(tool: string): string;
  /** Behind the tool's name, once there is an answer. */
  allowedOnce(who: string): string;
  allowedForTask(who: string): string;
  denied(who: string): string;
  timedOut(patienceMs: number): string;
  byRule: string;
  voided: string;
  /** Who has answered from a shell. */
  shell: string;
  within(patienceMs: number): string;
  /** A command follows. */
  answerWith: string;
  wholeAbove: string;
  /** Behind the task's name, under the file. */
  wholeCaption: string;
  /** Shown to whoever pressed; at most 200 characters. */
  replies: Record<'allowed' | 'allowedForTask' | 'denied' | 'notAllowed' | 'unknown', string>;
  /** The same; how it was answered follows. */
  tooLate: string;
}

export interface Texts {
  /** Buttons under a result. */
  buttons: Record<'retry' | 'log' | 'continue' | 'files', string>;
  /** Between head and comment: `calc — working`. */
  dash: string;
  /** Between the things of an enumeration. */
  comma: string;
  /** Before what follows: `Logs: …`. */
  colon: string;
  yolo: string;
  outcomes: Record<ToldOutcome, string>;
  reasons: Record<ReasonCode, string>;
  /** More to say about a reason, as a sentence of its own; null where the reason says it all. */
  advice: Record<ReasonCode, string | null>;
  waiting: Record<Exclude<WaitingCode, 'resume_at'>, string>;
  /** It goes on by itself after so many milliseconds. */
  resumesIn(ms: number): string;
  notes: Record<NoteCode, string>;
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
  /** The head of the message that many tasks share. */
  manyTasks(running: number, others: number): string;
  allDone: string;
}
