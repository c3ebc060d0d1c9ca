/** How the shell shows what became of a task's work, and the exit code for it. */

import type { App } from '../app.ts';
import { exitCodes } from '../lib/errors/errors.ts';
import { renderLanded } from '../lib/notifications/render-landed.ts';
import { type Landing, landedNotification } from '../lib/runs/landing/told-landed.ts';
import type { Task } from '../lib/tasks/record.ts';
import { printJson, printText } from './output.ts';

/** What is no failure, and what is a fault of the request. */
const codes: Partial<Record<Extract<Landing, { kind: string }>['kind'], number>> = {
  merged: 0,
  nothing: 0,
  pushed: 0,
  'no-branch': exitCodes.usage,
  'base-gone': exitCodes['not-found'],
  locked: exitCodes.busy,
};

/** Prints it, as the chat would be told it but for the sign in front; gives the exit code. */
export function printLanding(
  app: App,
  task: Task,
  branch: string,
  landing: Extract<Landing, { kind: string }>,
  { json }: { json?: boolean },
): number {
  const exitCode = codes[landing.kind] ?? exitCodes.failed;
  if (json) {
    printJson(app, { task_id: task.task_id, branch, ...landing });
    return exitCode;
  }
  const told = { ...landedNotification(task, branch, landing), from_chat: false };
  const text = renderLanded(told, 'en')
    .messages.map((message) => message.text.replace(/^\S+ /, ''))
    .join('\n');
  // What went wrong is talk; what came out is data.
  if (exitCode === 0) printText(app, `${text}\n`);
  else app.terminal.say(app.redact(`${text}\n`));
  return exitCode;
}
