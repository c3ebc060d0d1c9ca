// Lists of a home with very many ended tasks, against those of an empty one.

import { closeSync, linkSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { historyLine } from '../../src/lib/tasks/history.ts';
import { renderTask, type Task } from '../../src/lib/tasks/record.ts';
import type { Topic } from '../measure.ts';
import { type Home, makeSandbox } from '../sandbox.ts';

const taskCount = 100_000;
const chats = 100;
const firstAt = Date.UTC(2025, 0, 1);
const betweenMs = 5 * 60_000;

/** A task of a chat that ended as most do. */
function endedTask(n: number): Task {
  const chat = String(1000 + (n % chats));
  const createdAt = firstAt + n * betweenMs;
  const at = (seconds: number) => new Date(createdAt + seconds * 1000).toISOString();
  const conversation = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return {
    schema_version: 1,
    task_id: `task-${chat}-${createdAt}`,
    task_name: `Task number ${n}`,
    telegram_group: chat,
    thread_id: null,
    user_id: chat,
    message_id: n,
    language: 'en',
    agent: 'claude',
    profile: null,
    account: null,
    model: null,
    prompt: 'Look at the failing test, find out why it fails, and mend it.',
    workdir: `/nowhere/${chat}/${n}`,
    repo: null,
    branch: null,
    base: null,
    worktree: null,
    work: null,
    priority: 5,
    start_at: null,
    after: null,
    if_failed: 'cancel',
    session_id: null,
    agent_session_id: conversation,
    continues: false,
    input_uuid: conversation,
    options: {
      effort: null,
      permission_mode: null,
      allowed_tools: [],
      yolo: false,
      agent_teams: false,
      max_budget_usd: null,
      approvals: false,
      timeout_ms: null,
    },
    created_at: at(0),
    started_at: at(1),
    completed_at: at(61),
    resume_at: null,
    runs: [
      {
        n: 1,
        pid: 1000 + n,
        pid_started: '1',
        account: null,
        started_at: at(1),
        ended_at: at(61),
        outcome: 'completed',
        input_uuid: conversation,
        spent: { cost_usd: 0.0421, usage: null },
      },
    ],
    machine: 'local',
    source: { kind: 'telegram', update_id: n },
    status: 'completed',
    reason: null,
    result: 'The test compared instants of different time zones. Both are in UTC now, and it passes.',
    cost_usd: 0.0421,
    usage: { input_tokens: 12_345, output_tokens: 678 },
    duration_ms: 60_000,
    note: null,
    agent_notes: [],
    left_sessions: [],
    worktree_notes: [],
    changed_files: ['test/clock.test.ts'],
  };
}

/** Writes the tasks as they would lie there, without waiting for the disk; a chat's prompts are one file with many names. */
function fill({ paths }: Home): void {
  mkdirSync(paths.history, { recursive: true });
  const months = new Map<string, number>();
  for (let n = 0; n < taskCount; n++) {
    const task = endedTask(n);
    const folder = paths.task(task.task_id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'task-meta.json'), renderTask(task));
    const prompt = join(paths.home, `prompt-${task.telegram_group}.txt`);
    if (n < chats) writeFileSync(prompt, task.prompt);
    linkSync(prompt, join(folder, 'prompt.txt'));
    const month = `${task.completed_at?.slice(0, 7)}.jsonl`;
    if (!months.has(month)) months.set(month, openSync(join(paths.history, month), 'a'));
    writeSync(months.get(month) as number, `${JSON.stringify(historyLine(task))}\n`);
  }
  for (const fd of months.values()) closeSync(fd);
}

export const historyTopic: Topic = {
  name: 'history',
  unit: 'ms',
  rounds: 30,
  quickRounds: 8,
  async open() {
    const sandbox = makeSandbox();
    const empty = sandbox.addHome('empty');
    const full = sandbox.addHome('full');
    fill(full);
    const contender = (name: string, home: Home, ...args: string[]) => ({
      name,
      take: async () => (await home.run(...args)).ms,
    });
    const lines = [
      { name: 'many-tasks', what: `tasks with ${taskCount.toLocaleString('en')} ended tasks`, command: 'tasks' },
      { name: 'many-history', what: `history with ${taskCount.toLocaleString('en')} ended tasks`, command: 'history' },
    ];
    return {
      contenders: [
        contender('tasks, empty', empty, 'tasks'),
        contender('tasks, full', full, 'tasks'),
        contender('history, empty', empty, 'history', '--limit', '20'),
        contender('history, full', full, 'history', '--limit', '20'),
      ],
      lines: lines.map(({ name, what, command }) => ({
        name,
        what,
        a: `${command}, full`,
        b: `${command}, empty`,
        aim: 1.3,
      })),
      close: () => sandbox.close(),
    };
  },
};
