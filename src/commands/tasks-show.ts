/** `ccdispatch tasks show`: all about one task, and its result. */

import type { App } from '../app.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { oneLine, stripInvisible } from '../lib/format/text.ts';
import { createApprovals } from '../lib/tasks/approvals.ts';
import type { Task } from '../lib/tasks/record.ts';
import { findTask } from './find-task.ts';
import { printJson, printText } from './output.ts';

function factsOf(task: Task, folder: string, asks: string | null): [string, string | null][] {
  const { usage, options } = task;
  const marks = [options.yolo ? 'yolo' : '', options.agent_teams ? 'agent teams' : ''].filter(Boolean).join(', ');
  return [
    ['task', task.task_id],
    ['name', task.task_name],
    ['status', task.reason && task.status !== 'completed' ? `${task.status} (${task.reason})` : task.status],
    ['waits for', asks],
    ['agent', [task.agent, task.model, task.profile && `profile ${task.profile}`, marks].filter(Boolean).join(', ')],
    ['prompt', oneLine(task.prompt).slice(0, 200)],
    ['chat', task.telegram_group],
    ['folder', task.workdir],
    ['record', folder],
    ['conversation', task.agent_session_id],
    ['created', task.created_at],
    ['started', task.started_at],
    ['ended', task.completed_at],
    ['time', task.duration_ms === null ? null : renderDuration(task.duration_ms)],
    ['cost', task.cost_usd === null ? null : renderCost(task.cost_usd)],
    ['tokens', usage ? renderTokens(usage.input_tokens + usage.output_tokens) : null],
    ['runs', task.runs.length > 1 ? String(task.runs.length) : null],
    ['files', task.changed_files.length > 0 ? task.changed_files.join(', ') : null],
  ];
}

/** What its agent asks, for a task that waits for the answer. */
function openQuestion(app: App, task: Task): string | null {
  const question = task.status === 'running' ? createApprovals(app).open(task.task_id)[0] : undefined;
  return question ? `your answer: may it use ${oneLine(question.tool)}? (ccdispatch approvals list)` : null;
}

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const { tasks, task } = await findTask(app, id);
  if (flags.json) return printJson(app, task);
  const facts = factsOf(task, app.paths.task(task.task_id), openQuestion(app, task)).filter(([, value]) => value);
  const head = facts.map(([name, value]) => `${name.padEnd(13)}${value}\n`).join('');
  const output = tasks.output(task.task_id) ?? task.result;
  printText(app, output ? `${head}\n${stripInvisible(output).trimEnd()}\n` : head);
}
