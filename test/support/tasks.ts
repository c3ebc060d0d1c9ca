// Builders of task records, as they would lie on disk after a real course of events.

import { join } from 'node:path';
import { parseTaskId, renderTaskId } from '../../src/lib/format/task-id.ts';
import { parseTask, renderTask, type Task, type TaskRun, type TaskStatus } from '../../src/lib/tasks/record.ts';
import type { TestHome } from './home.ts';

/** Any field of a record; the status decides what else is there by default. */
export type TaskFields = Omit<{ [Key in keyof Task]?: Task[Key] | null }, 'status' | 'options' | 'source'> & {
  status?: TaskStatus;
  options?: Partial<Task['options']>;
  source?: Partial<Task['source']>;
};

/** Milliseconds since 1970 of the first task that a test builds, when nothing else is said. */
export const firstTaskTs = 1_763_600_000_000;

const after = (ts: number, seconds: number) => new Date(ts + seconds * 1000).toISOString();

/** One run of a task created at `ts`: it starts a second later and, unless `outcome` is null, ends two seconds after that. */
export function aRun(ts: number, outcome: TaskRun['outcome'], fields: Partial<TaskRun> = {}): TaskRun {
  return {
    n: 1,
    pid: 4_000_000,
    pid_started: '1',
    account: null,
    started_at: after(ts, 1),
    ended_at: outcome === null ? null : after(ts, 3),
    outcome,
    input_uuid: null,
    spent: null,
    ...fields,
  };
}

function fieldsOf(status: TaskStatus, ts: number): Partial<Record<keyof Task, unknown>> {
  switch (status) {
    case 'pending':
      return { runs: [] };
    case 'running':
      return { runs: [aRun(ts, null)], started_at: after(ts, 1) };
    case 'paused':
      return { runs: [aRun(ts, 'paused')], started_at: after(ts, 1), reason: 'user' };
    case 'completed':
    case 'failed':
    case 'cancelled':
      return {
        runs: [aRun(ts, status)],
        started_at: after(ts, 1),
        completed_at: after(ts, 3),
        reason: status === 'completed' ? null : status === 'failed' ? 'agent' : 'user',
        result: status === 'completed' ? 'Done.' : null,
        cost_usd: 0.01,
        usage: { input_tokens: 100, output_tokens: 20 },
        duration_ms: 2000,
      };
  }
}

/**
 * A record that the parser accepts; throws where the fields do not fit together. By default a pending task of chat `local`.
 * `task_id` decides chat and creation time, or `telegram_group` and `created_at` decide the id.
 */
export function aTask(fields: TaskFields = {}): Task {
  const given = fields.task_id ? parseTaskId(fields.task_id) : null;
  const chatId = given?.chatId ?? fields.telegram_group ?? 'local';
  const ts = given?.ts ?? (fields.created_at ? Date.parse(fields.created_at) : firstTaskTs);
  const status = fields.status ?? 'pending';
  const { options, source, ...rest } = fields;
  const record = {
    schema_version: 1,
    task_id: renderTaskId({ chatId, ts }),
    task_name: 'calc',
    telegram_group: chatId === 'local' ? null : chatId,
    user_id: chatId === 'local' ? null : '77',
    agent: 'claude',
    prompt: 'Write a calculator.',
    workdir: `/nowhere/${chatId}/${ts}`,
    priority: 5,
    input_uuid: `00000000-0000-4000-8000-${String(ts % 1e12).padStart(12, '0')}`,
    created_at: after(ts, 0),
    ...fieldsOf(status, ts),
    ...rest,
    status,
    options: { ...options },
    source: { kind: chatId === 'local' ? 'shell' : 'telegram', ...source },
  };
  return parseTask(JSON.stringify(record), `the record of ${record.task_id}`);
}

/**
 * Puts the task's folder into the home, and gives the record. Without a `workdir` it gets a workspace of its own there,
 * which is made.
 */
export async function addTask(home: TestHome, fields: TaskFields = {}): Promise<Task> {
  const plain = aTask(fields);
  const chatId = plain.telegram_group ?? 'local';
  const task = fields.workdir ? plain : { ...plain, workdir: join(home.paths.workspaces, chatId, plain.task_id) };
  if (!fields.workdir) home.files.makeFolder(task.workdir);
  const folder = home.paths.task(task.task_id);
  if (home.files.stat(folder)) throw new Error(`${task.task_id} is there already`);
  home.files.makeFolder(folder);
  await home.files.writePlain(join(folder, 'prompt.txt'), task.prompt);
  await home.files.writePlain(join(folder, 'task-meta.json'), renderTask(task));
  return task;
}
