/** `ccdispatch tasks list`: what waits, what runs, and what ended last. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { renderInstant } from '../lib/format/instant.ts';
import type { Cell, Column } from '../lib/format/table.ts';
import { localChat } from '../lib/format/task-id.ts';
import { readSummary, type TaskSummary } from '../lib/tasks/summary.ts';
import { chatFlag, countFlag } from './flags.ts';
import { type Colours, coloursOf, printJson, printTable } from './output.ts';

export interface ListFlags {
  limit?: string;
  group?: string;
  status?: string;
  json?: boolean;
}

const statuses = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'];

const columns: Column[] = [
  { title: 'TASK' },
  { title: 'NAME', canShrink: true },
  { title: 'STATUS' },
  { title: 'AGENT' },
  { title: 'CREATED' },
  { title: 'TIME', align: 'right' },
];

/** Live tasks by the queue, ended and paused ones by the history: no folder is walked, however many there are. */
function collect(app: App, limit: number, matches: (task: TaskSummary) => boolean): TaskSummary[] {
  const { files, paths, queue, history } = app;
  const live = [...new Set([...queue.active(), ...queue.waiting().map(({ taskId }) => taskId), ...queue.aside()])];
  const seen = new Set(live);
  const found = live.flatMap((taskId) => readSummary(files, paths, taskId) ?? []).filter(matches);
  const ended: TaskSummary[] = [];
  history.latest(limit, (line) => {
    if (seen.has(line.task_id) || ended.length >= limit) return false;
    seen.add(line.task_id);
    const task = readSummary(files, paths, line.task_id);
    if (!task || !matches(task)) return false;
    ended.push(task);
    return true;
  });
  return [...found.sort((a, b) => (a.created_at < b.created_at ? -1 : 1)), ...ended];
}

function timeOf(task: TaskSummary, now: number): string {
  if (!task.started_at) return '-';
  return renderDuration((task.completed_at ? Date.parse(task.completed_at) : now) - Date.parse(task.started_at));
}

function row(task: TaskSummary, now: number, colours: Colours): Cell[] {
  const paint =
    { completed: colours.good, failed: colours.bad, running: colours.doubtful }[task.status] ?? colours.faint;
  const status = task.reason && task.status !== 'completed' ? `${task.status} (${task.reason})` : task.status;
  return [
    task.task_id,
    task.task_name,
    { text: status, paint },
    task.options?.yolo ? `${task.agent} (yolo)` : task.agent,
    renderInstant(task.created_at),
    timeOf(task, now),
  ];
}

export async function run(app: App, flags: ListFlags): Promise<void> {
  const limit = countFlag('--limit', flags.limit ?? '10');
  const chat = flags.group === undefined ? null : chatFlag('--group', flags.group);
  if (flags.status !== undefined && !statuses.includes(flags.status)) {
    fail('usage', `"${flags.status}" is not a status.`, `These are: ${statuses.join(', ')}.`);
  }
  const matches = (task: TaskSummary) =>
    (chat === null || (task.telegram_group ?? localChat) === chat) &&
    (flags.status === undefined || task.status === flags.status);
  const tasks = collect(app, limit, matches);
  if (flags.json) return printJson(app, tasks);
  if (tasks.length === 0) {
    app.terminal.say('No tasks. Make one with: ccdispatch dispatch "what to do"\n');
    return;
  }
  const colours = await coloursOf(app);
  await printTable(
    app,
    columns,
    tasks.map((task) => row(task, app.clock.now(), colours)),
  );
}
