/** Waiting for tasks on a terminal: their story while they run, their text when they end, and the exit code that fits. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { superviseParts } from '../app-runs.ts';
import type { Settings } from '../lib/config/schema.ts';
import { exitCodes } from '../lib/errors/errors.ts';
import { waitForTask } from '../lib/runs/wait.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import type { Task } from '../lib/tasks/record.ts';

export interface WaitFlags {
  follow?: boolean;
  json?: boolean;
}

function report(app: App, task: Task, output: string | null, flags: WaitFlags): number {
  const { terminal } = app;
  if (flags.json) terminal.print(`${JSON.stringify(task, null, 2)}\n`);
  else if (output) terminal.print(output.endsWith('\n') ? output : `${output}\n`);
  switch (task.status) {
    case 'completed':
      return 0;
    case 'paused': {
      const command = task.reason === 'hold' ? 'start' : 'resume';
      terminal.say(
        `ccdispatch: ${task.task_id} is paused (${task.reason}). Go on with: ccdispatch tasks ${command} ${task.task_id}\n`,
      );
      return exitCodes.pending;
    }
    default:
      terminal.say(
        `ccdispatch: ${task.task_id} ${task.status} (${task.reason}). Run it once more with: ccdispatch tasks retry ${task.task_id}\n`,
      );
      return exitCodes.failed;
  }
}

/** Waits for all of them; the exit code is 0 when all completed, else that of the last one that did not. */
export async function waitAndReport(
  app: App,
  settings: Settings,
  tasks: readonly Task[],
  flags: WaitFlags,
): Promise<number> {
  const { agents, ...parts } = await superviseParts(app, settings, app.silentLog);
  const stop = app.signals.onStop();
  let exitCode = 0;
  for (const task of tasks) {
    const { task_id: taskId, agent } = task;
    const mask = parts.maskFor(task);
    const ended = await waitForTask(
      parts,
      taskId,
      {
        agent: agents.get(agent),
        onLine: flags.follow ? (line) => app.terminal.say(`${app.redact(mask(line))}\n`) : null,
        onWaiting: () => ensureWorker(wakeParts(app)),
      },
      stop,
    );
    if (!ended) {
      app.terminal.say(`ccdispatch: left; ${taskId} goes on. See it with: ccdispatch tasks show ${taskId}\n`);
      return exitCodes.interrupted;
    }
    exitCode = report(app, ended, parts.tasks.output(taskId), flags) || exitCode;
  }
  return exitCode;
}
