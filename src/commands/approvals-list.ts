/** `ccdispatch approvals list`: what agents ask and nobody has answered, each question whole. */

import type { App } from '../app.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { fieldsByKind, renderFields } from '../lib/notifications/asked-fields.ts';
import { type Approval, createApprovals } from '../lib/tasks/approvals.ts';
import { readSummary } from '../lib/tasks/summary.ts';
import { printJson, printText } from './output.ts';

/** Only tasks that run ask; a question whose asker has gone is none any more. */
function openQuestions(app: App): Approval[] {
  const approvals = createApprovals(app);
  const isWaited = ({ waiter }: Approval) => waiter === null || app.processes.isAlive(waiter);
  return app.queue
    .active()
    .flatMap((taskId) => approvals.open(taskId))
    .filter(isWaited)
    .sort((a, b) => a.asked_at.localeCompare(b.asked_at));
}

function renderOne(app: App, approval: Approval): string {
  const now = app.clock.now();
  const task = readSummary(app.files, app.paths, approval.task_id);
  const left = renderDuration(Math.max(0, Date.parse(approval.expires_at) - now));
  const age = renderDuration(Math.max(0, now - Date.parse(approval.asked_at)));
  const head = `${approval.id}  ${task?.task_name ?? ''} (${approval.task_id}), asked ${age} ago, ${left} left`;
  const body = renderFields(approval.tool, fieldsByKind(approval.kind, approval.input, approval.leads_to))
    .trimEnd()
    .replace(/^/gm, '    ');
  return `${head}\n${body}\n`;
}

export async function run(app: App, flags: { json?: boolean }): Promise<void> {
  const open = openQuestions(app);
  if (flags.json) return printJson(app, open);
  if (open.length === 0) {
    app.terminal.say('No agent waits for an answer.\n');
    return;
  }
  printText(app, open.map((approval) => renderOne(app, approval)).join('\n'));
  app.terminal.say('\nAnswer with: ccdispatch approvals allow <id> [--for-task], or: ccdispatch approvals deny <id>\n');
  if (open.some(({ kind }) => kind !== undefined)) {
    app.terminal.say('What asks for more than yes or no: ccdispatch approvals answer <id> "…"\n');
  }
}
