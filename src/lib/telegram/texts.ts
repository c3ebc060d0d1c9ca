/** Every sentence with which the bot itself answers, as a table that each language has to fill. */

import type { Words } from '../errors/errors.ts';
import type { Feature } from '../users/rights.ts';

/** What a message without a command is where the chat has no session. */
export type PlainMeaning = 'session' | 'task' | 'hint';

export interface BotTexts {
  /** Strangers and those who are let in. */
  welcome: Record<PlainMeaning, (name: string) => string>;
  stranger: string;
  disabled: string;
  registerAsked: string;
  /** Nobody is there whom the bot could ask. */
  registerNoAdmin(id: string): string;
  registerPending: string;
  registerFull: string;
  registerKnown: string;
  approvedBy(name: string, admin: string): string;
  declinedBy(name: string, admin: string): string;

  /** What is not done, and why. */
  notAllowed(features: readonly Feature[]): string;
  adminsOnly: string;
  /** What admins do is not for a group to read. */
  inPrivate: string;
  notYours: string;
  quotaRefused: Record<QuotaName, (limit: string, until: string) => string>;
  queueFull(waiting: number, limit: number): string;
  badTime(given: string): string;
  pastTime(given: string, now: string): string;
  farTime(given: string): string;
  badIfFailed(given: string): string;
  ifFailedAlone: string;
  unknownAgent(name: string, known: string): string;
  unknownProfile(name: string): string;
  badPriority(given: string): string;
  badModel(given: string): string;
  yoloAsRoot: string;
  noConversation(agent: string): string;
  folderGone: string;
  /** Anything else that the rest of the program refuses. */
  refused(error: { code: RefusedCode; message: string; hint: string; zh: Words | null }): string;
  diskFull: string;
  wentWrong: string;

  /** Commands as such. */
  unknownCommand(name: string, nearest: string | null): string;
  plainHint: string;
  emptyPrompt: string;
  usage(example: string): string;
  forwardedCommand: string;
  helpHead: string;
  /** What becomes of a message without a command. */
  plainHelp: Record<PlainMeaning, string>;
  pong(ms: number): string;
  languageSet: string;
  languageChoose: string;

  /** Messages that came late. */
  lateDropped: string;
  lateRun: string;

  /** Answers to the message that several tasks share. */
  sharedQuestion: string;
  sharedGone: string;
  sharedTaken: string;

  /** A reply to a question of an agent's that is neither yes nor no. */
  answerYesOrNo: string;

  /** Tasks. */
  noTasks: string;
  tasksHead(count: number): string;
  andMore(count: number): string;
  historyHead: string;
  noHistory: string;
  noSuchTask(id: string): string;
  noRunningTask: string;
  whichTask: string;
  cancelled(name: string): string;
  cancelling(name: string): string;
  hadEnded(name: string): string;
  paused(name: string): string;
  pausing(name: string): string;
  /** It was asked to go on while its agent is still being interrupted. */
  pausingStill(name: string): string;
  cannotPause(name: string, agent: string): string;
  resumed(name: string): string;
  /** It asked at a limit, and was told to wait for the reset. */
  waits(name: string, time: string): string;
  /** The same, where its agent is to hear something; a running one hears nothing. */
  resumedWithNote(name: string): string;
  noteNotTold(name: string): string;
  notPaused(name: string): string;
  nothingPaused: string;
  /** It can neither be paused nor go on. */
  endedRetry(name: string): string;
  retried(name: string): string;
  notEnded(name: string): string;
  noLogs: string;
  continueWith(name: string): string;
  statuses: Record<string, string>;
  why: Record<WhyCode, string>;
  /** A running task whose agent has asked a question. */
  asks: string;
  runsFor(time: string): string;
  endedAgo(how: string, time: string): string;
  status(facts: { running: number; waiting: number; slots: number; worker: boolean }): string;
  stats(facts: StatsFacts): string;
  quota(facts: QuotaFacts): string;

  /** Buttons. */
  buttons: Record<ButtonName, string>;
  pressTooLate: string;
  pressUnknown: string;

  /** Files. */
  filesHead(name: string): string;
  /** What the sign before some of them means. */
  filesTooBig: string;
  noFiles: string;
  fileTooBig(name: string, size: string): string;
  fileGone: string;
  fileNotSent: string;
  attachmentTooBig(name: string, size: string): string;
  attachmentsFailed: string;
  /** The prompt of a message that is nothing but files. */
  filesAlone: string;
  /** The line that tells the agent where the files are that came with a prompt. */
  filesAt(paths: readonly string[]): string;

  /** For admins. */
  usersHead(count: number): string;
  userLine: Record<'admin' | 'disabled', string> & { daily(tasks: number): string };
  userChanged(line: string): string;
  userRuns(count: number): string;
  unknownFeature(name: string, known: string): string;
  /** `place` names the file and, where known, the line: `users.json:5`. `what` is known in English alone. */
  usersFileBroken(place: string, what: string, hasCopy: boolean): string;
  usersFileMended: string;
}

export const quotaNames = ['daily', 'cost_usd', 'tokens', 'concurrent'] as const;
export type QuotaName = (typeof quotaNames)[number];

/** Kinds of errors that are made for people; see the exit codes of the program. */
export type RefusedCode =
  | 'failed'
  | 'usage'
  | 'config'
  | 'not-allowed'
  | 'not-found'
  | 'busy'
  | 'limited'
  | 'pending'
  | 'interrupted';

/** What a task waits for, besides what every progress message can say. */
export const whyCodes = ['starting', 'no_marker', 'no_worker', 'ending', 'pausing', 'stopping'] as const;
export type WhyCode = (typeof whyCodes)[number];

export interface StatsFacts {
  days: number;
  runs: number;
  completed: number;
  failed: number;
  cost: string;
  tokens: string;
}

export interface QuotaFacts {
  used: number;
  daily: number | null;
  cost: string;
  maxCost: string | null;
  tokens: string;
  maxTokens: string | null;
  concurrent: number | null;
  resetsAt: string;
}

const buttonNames = ['cancel', 'drop', 'newTask'] as const;
export type ButtonName = (typeof buttonNames)[number];
