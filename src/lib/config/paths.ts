/** Where everything of one home lies; the only place that spells these names. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail } from '../errors/errors.ts';
import { parseSessionId } from '../format/session-id.ts';
import { isUserId, parseTaskId } from '../format/task-id.ts';

export interface Paths {
  home: string;
  tasks: string;
  workspaces: string;
  /** Conversations that outlive tasks. */
  sessions: string;
  /** Git worktrees: a folder per repository, in it a checkout and a record for each conversation. */
  worktrees: string;
  waiting: string;
  active: string;
  /** Tasks that wait for a person's word. */
  aside: string;
  outbox: string;
  outboxSent: string;
  history: string;
  logs: string;
  /** Who may use the bot; people edit it by hand. */
  users: string;
  /** The last copy of it that could be read. */
  usersGood: string;
  usersLock: string;
  /** Credentials that agents can work with, secrets sealed; the same as of users. */
  accounts: string;
  accountsGood: string;
  accountsLock: string;
  /** What the secrets of accounts are sealed with. */
  key: string;
  /** A folder for each account: its counters, and its agent's own folder. */
  accountFolders: string;
  /** One line for each administrative act and each refusal; never rotated. */
  audit: string;
  /** What admins were told is wrong with the installation. */
  alerts: string;
  /** What strangers asked for. */
  registrations: string;
  workerLock: string;
  /** Held by the one clean-up that is at work. */
  cleanupLock: string;
  /** A lock for each piece of work at the disk that may be done at once. */
  fileOperations: string;
  env: string;
  /** A user's counters, a file per day; throws `usage` for a text that is no person's id. */
  usage(userId: string): string;
  /** The lock that whoever delivers for this bot holds. */
  outboxLock(botId: string): string;
  /** The lock of the one process that takes this bot's updates. */
  botLock(botId: string): string;
  /** Updates of this bot that were taken and not yet acted on. */
  inbox(botId: string): string;
  chatTasks(chatId: string): string;
  /** The folder of a task; throws `usage` for a text that is no task id, so no path is ever built from one. */
  task(taskId: string): string;
  /** The task's record, in its folder. */
  record(taskId: string): string;
  /** The final text of the task's latest run. */
  output(taskId: string): string;
  run(taskId: string, n: number): string;
  /** The folder of a session; throws `usage` for a text that is no session's id. */
  session(sessionId: string): string;
  /** The folder of the session's `n`-th agent process. */
  generation(sessionId: string, n: number): string;
  workspace(chatId: string, id: string): string;
}

/** The record's name in a task's folder, for folders that do not have their place or name yet, or any more. */
export const recordName = 'task-meta.json';

/** The home folder: `CCDISPATCH_HOME`, else `~/.ccdispatch`; always absolute. */
export function homeFolder(env: Record<string, string | undefined>): string {
  return resolve(env.CCDISPATCH_HOME || join(env.HOME || homedir(), '.ccdispatch'));
}

export function pathsOf(home: string): Paths {
  const task = (taskId: string) => {
    const parts = parseTaskId(taskId);
    if (!parts) fail('usage', `"${taskId}" is not a task id.`, 'See the ids with: ccdispatch tasks list');
    return join(home, 'tasks', parts.chatId, taskId);
  };
  const session = (sessionId: string) => {
    if (!parseSessionId(sessionId))
      fail('usage', `"${sessionId}" is not a session's id.`, 'See the ids with: ccdispatch sessions list');
    return join(home, 'sessions', sessionId);
  };
  return {
    home,
    tasks: join(home, 'tasks'),
    workspaces: join(home, 'workspaces'),
    sessions: join(home, 'sessions'),
    worktrees: join(home, 'worktrees'),
    waiting: join(home, 'queue', 'waiting'),
    active: join(home, 'queue', 'active'),
    aside: join(home, 'queue', 'aside'),
    outbox: join(home, 'outbox'),
    outboxSent: join(home, 'outbox', 'sent'),
    history: join(home, 'history'),
    logs: join(home, 'logs'),
    users: join(home, 'users.json'),
    usersGood: join(home, 'users.json.good'),
    usersLock: join(home, 'users.lock'),
    accounts: join(home, 'accounts.json'),
    accountsGood: join(home, 'accounts.json.good'),
    alerts: join(home, 'alerts'),
    accountsLock: join(home, 'accounts.lock'),
    key: join(home, 'key'),
    accountFolders: join(home, 'accounts'),
    audit: join(home, 'logs', 'audit.jsonl'),
    registrations: join(home, 'registrations'),
    workerLock: join(home, 'worker.lock'),
    cleanupLock: join(home, 'cleanup.lock'),
    fileOperations: join(home, 'file-operations'),
    env: join(home, 'env'),
    usage: (userId) => {
      if (!isUserId(userId)) fail('usage', `"${userId}" is not a person's id.`, 'It is a number such as 123456789.');
      return join(home, 'usage', userId);
    },
    outboxLock: (botId) => join(home, `outbox-${botId}.lock`),
    botLock: (botId) => join(home, `bot-${botId}.lock`),
    inbox: (botId) => join(home, 'inbox', botId),
    chatTasks: (chatId) => join(home, 'tasks', chatId),
    task,
    record: (taskId) => join(task(taskId), recordName),
    output: (taskId) => join(task(taskId), 'task-output.txt'),
    run: (taskId, n) => join(task(taskId), 'runs', String(n)),
    session,
    generation: (sessionId, n) => join(session(sessionId), `gen-${n}`),
    workspace: (chatId, id) => join(home, 'workspaces', chatId, id),
  };
}
