/** Every sentence with which the bot itself answers, as a table that each language has to fill. */

import type { Feature } from '../users/rights.ts';

export interface BotTexts {
  welcome(name: string): string;
  stranger: string;
  notAllowed(features: readonly Feature[]): string;
  adminsOnly: string;
  disabled: string;
  notYours: string;
  unknownCommand(name: string, nearest: string | null): string;
  plainHint: string;
  emptyPrompt: string;
  usage(example: string): string;
  helpHead: string;
  pong(ms: number): string;
  noTasks: string;
  tasksHead(count: number): string;
  historyHead: string;
  noHistory: string;
  noSuchTask(id: string): string;
  noRunningTask: string;
  whichTask: string;
  cancelled(name: string): string;
  cancelling(name: string): string;
  hadEnded(name: string): string;
  retried(name: string): string;
  notEnded(name: string): string;
  noLogs: string;
  continueWith(name: string): string;
  oldMessage(age: string): string;
  oldRun: string;
  oldDrop: string;
  oldDropped: string;
  pressTooLate: string;
  pressUnknown: string;
  confirmRunNow: string;
  status(facts: { running: number; waiting: number; slots: number; worker: boolean }): string;
  stats(facts: {
    days: number;
    runs: number;
    completed: number;
    failed: number;
    costUsd: number;
    tokens: number;
  }): string;
  quota(facts: QuotaFacts): string;
  quotaNone: string;
  quotaUsedUp(until: string): string;
  registerAsked: string;
  registerPending: string;
  registerKnown: string;
  registerQuestion(name: string, id: string): string;
  approved: string;
  approvedBy(name: string, admin: string): string;
  declinedBy(name: string, admin: string): string;
  usersHead(count: number): string;
  userChanged(name: string): string;
  languageSet: string;
  languageChoose: string;
  filesHead(name: string): string;
  noFiles: string;
  fileTooBig(name: string, size: string): string;
  fileGone(name: string): string;
  attachmentTooBig(name: string, size: string): string;
  attachmentsFailed: string;
  diskFull: string;
  wentWrong: string;
  statuses: Record<string, string>;
  buttons: Record<ButtonName, string>;
  /** The line that tells the agent where the files are that came with a prompt. */
  filesAt(paths: readonly string[]): string;
}

export interface QuotaFacts {
  used: number;
  daily: number | null;
  costUsd: number;
  maxCostUsd: number | null;
  tokens: number;
  maxTokens: number | null;
  resetsAt: string;
}

export const buttonNames = [
  'retry',
  'log',
  'continue',
  'files',
  'cancel',
  'approve',
  'decline',
  'runNow',
  'drop',
  'show',
] as const;
export type ButtonName = (typeof buttonNames)[number];
