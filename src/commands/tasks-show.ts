/** `ccdispatch tasks show`: all about one task, and its result. */

import type { App } from '../app.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { renderInstant } from '../lib/format/instant.ts';
import { oneLine, stripInvisible } from '../lib/format/text.ts';
import { landedTexts } from '../lib/notifications/texts-landed.ts';
import { whyConflict } from '../lib/runs/waiting/why-conflict.ts';
import { createApprovals } from '../lib/tasks/approvals.ts';
import type { Task } from '../lib/tasks/record.ts';
import { createWorktreeStore } from '../lib/worktrees/store.ts';
import { findTask } from './find-task.ts';
import { printJson, printText } from './output.ts';
import { explainNotes } from './worktrees-shown.ts';

interface Beside {
  asks: string | null;
  notes: string | null;
}

function factsOf(task: Task, folder: string, { asks, notes }: Beside): [string, string | null][] {
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
    ['repository', task.repo && [task.repo, task.branch && `branch ${task.branch}`].filter(Boolean).join(', ')],
    ['folder', task.workdir],
    ['note', notes],
    ['record', folder],
    ['conversation', task.agent_session_id],
    ['created', task.created_at],
    ['starts at', task.runs.length === 0 && task.start_at !== null ? renderInstant(task.start_at) : null],
    ['after', task.after && `${task.after}${task.if_failed === 'run' ? ' (whatever becomes of it)' : ''}`],
    ['started', task.started_at],
    ['ended', task.completed_at],
    ['time', task.duration_ms === null ? null : renderDuration(task.duration_ms)],
    ['cost', task.cost_usd === null ? null : renderCost(task.cost_usd)],
    ['tokens', usage ? renderTokens(usage.input_tokens + usage.output_tokens) : null],
    ['runs', task.runs.length > 1 ? String(task.runs.length) : null],
    ['work', workOf(task)],
    ['files', task.changed_files.length > 0 ? task.changed_files.join(', ') : null],
  ];
}

/** What stands on its branch since it left its base. */
function workOf({ work, branch }: Task): string | null {
  if (!work) return null;
  return landedTexts.en.work(work.files, work.insertions, work.deletions, branch ?? work.commit);
}

/** What is worth knowing about its worktree. */
function notesOf(app: App, { worktree }: Task): string | null {
  if (worktree === null) return null;
  try {
    return explainNotes(createWorktreeStore(app).load(worktree)?.notes ?? []);
  } catch {
    return null; // A broken record is the doctor's.
  }
}

/** Whom or what it waits for, with what to type: another task on its repository, or the answer to what its agent asks. */
function openQuestion(app: App, task: Task): string | null {
  if (task.status === 'paused' && task.reason === 'conflict') return whyConflict(task, app).text;
  const question = task.status === 'running' ? createApprovals(app).open(task.task_id)[0] : undefined;
  return question ? `your answer: may it use ${oneLine(question.tool)}? (ccdispatch approvals list)` : null;
}

export async function run(app: App, flags: { json?: boolean }, id: string): Promise<void> {
  const { tasks, task } = await findTask(app, id);
  if (flags.json) return printJson(app, task);
  const beside = { asks: openQuestion(app, task), notes: notesOf(app, task) };
  const facts = factsOf(task, app.paths.task(task.task_id), beside).filter(([, value]) => value);
  const head = facts.map(([name, value]) => `${name.padEnd(13)}${value}\n`).join('');
  const output = tasks.output(task.task_id) ?? task.result;
  printText(app, output ? `${head}\n${stripInvisible(output).trimEnd()}\n` : head);
}
