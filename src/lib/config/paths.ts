/** Where everything of one home lies; the only place that spells these names. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail } from '../errors/errors.ts';
import { isUserId, parseTaskId } from '../format/task-id.ts';

export interface Paths {
  home: string;
  tasks: string;
  workspaces: string;
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
  /** One line for each administrative act and each refusal; never rotated. */
  audit: string;
  /** What strangers asked for. */
  registrations: string;
  workerLock: string;
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
  run(taskId: string, n: number): string;
  workspace(chatId: string, id: string): string;
}

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
  return {
    home,
    tasks: join(home, 'tasks'),
    workspaces: join(home, 'workspaces'),
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
    audit: join(home, 'logs', 'audit.jsonl'),
    registrations: join(home, 'registrations'),
    workerLock: join(home, 'worker.lock'),
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
    run: (taskId, n) => join(task(taskId), 'runs', String(n)),
    workspace: (chatId, id) => join(home, 'workspaces', chatId, id),
  };
}
