/** `ccdispatch tasks logs`: what the agent did, step by step. */

import { join } from 'node:path';
import type { App } from '../app.ts';
import { superviseParts } from '../app-runs.ts';
import { fail } from '../lib/errors/errors.ts';
import { stripInvisible } from '../lib/format/text.ts';
import { eventsFile } from '../lib/runs/launch.ts';
import { renderOutput } from '../lib/runs/story.ts';
import { openTail } from '../lib/runs/tail.ts';
import { waitForTask } from '../lib/runs/wait.ts';
import { latestRun } from '../lib/tasks/record.ts';
import { findTask } from './find-task.ts';
import { countFlag } from './flags.ts';
import { printText } from './output.ts';

export interface LogsFlags {
  follow?: boolean;
  run?: string;
  raw?: boolean;
}

export async function run(app: App, flags: LogsFlags, id: string): Promise<void> {
  const { task } = await findTask(app, id);
  const { agents, ...parts } = await superviseParts(app, await app.settings(), app.silentLog);
  const agent = agents.get(task.agent);
  const mask = parts.maskFor(task);
  if (flags.follow) {
    const onLine = (line: string) => printText(app, `${mask(line)}\n`);
    await waitForTask(parts, task.task_id, { agent, onLine, onWaiting: () => {} }, app.signals.onStop());
    return;
  }
  const n = flags.run === undefined ? latestRun(task)?.n : countFlag('--run', flags.run);
  if (!n || !task.runs.some((one) => one.n === n)) {
    fail(
      'not-found',
      `Task ${task.task_id} has no run${n ? ` ${n}` : ' yet'}.`,
      `See what it waits for: ccdispatch tasks why ${task.task_id}`,
    );
  }
  const tail = openTail(app.files, join(app.paths.run(task.task_id, n as number), eventsFile));
  const lines = [...tail.read(), ...[tail.rest()].filter(Boolean)];
  for (const line of lines) {
    const shown = flags.raw ? [line] : renderOutput(agent, line, task.workdir);
    for (const text of shown) printText(app, `${mask(text)}\n`);
  }
  const errors = app.files.read(join(app.paths.run(task.task_id, n as number), 'stderr.log'))?.trim();
  if (errors && !flags.raw) app.terminal.say(`${app.redact(stripInvisible(mask(errors)))}\n`);
}
