/** What is done to each of several tasks: one that is refused does not keep the others from it. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { CcdispatchError } from '../lib/errors/errors.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { resolveTaskId } from './find-task.ts';
import { printJson } from './output.ts';

/**
 * Acts on each task and says what came of it, or prints all of it as JSON; gives the exit code, which is that of the last
 * one that was refused. A worker is seen to in the end: what was asked of a run only it can see through.
 */
export async function eachTask<Outcome extends string>(
  app: App,
  flags: { json?: boolean },
  ids: readonly string[],
  act: (taskId: string) => Promise<Outcome>,
  say: (taskId: string, outcome: Outcome) => string,
): Promise<number> {
  const results: Record<string, Outcome> = {};
  let failed: CcdispatchError | null = null;
  for (const given of ids) {
    try {
      const taskId = resolveTaskId(app, given);
      const outcome = await act(taskId);
      results[taskId] = outcome;
      if (!flags.json) app.terminal.say(`${say(taskId, outcome)}\n`);
    } catch (error) {
      if (!(error instanceof CcdispatchError)) throw error;
      failed = error;
      app.terminal.say(`ccdispatch: ${error.message}\n  ${error.hint}\n`);
    }
  }
  if (Object.values(results).some((outcome) => outcome !== 'ended-before')) ensureWorker(wakeParts(app));
  if (flags.json) printJson(app, results);
  return failed ? failed.exitCode : 0;
}
