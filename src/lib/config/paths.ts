/** Where everything of one home lies; the only place that spells these names. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail } from '../errors/errors.ts';
import { parseTaskId } from '../format/task-id.ts';

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
  workerLock: string;
  env: string;
  /** The lock that whoever delivers for this bot holds. */
  outboxLock(botId: string): string;
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
    workerLock: join(home, 'worker.lock'),
    env: join(home, 'env'),
    outboxLock: (botId) => join(home, `outbox-${botId}.lock`),
    chatTasks: (chatId) => join(home, 'tasks', chatId),
    task,
    run: (taskId, n) => join(task(taskId), 'runs', String(n)),
    workspace: (chatId, id) => join(home, 'workspaces', chatId, id),
  };
}
