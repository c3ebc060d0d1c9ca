/** `ccdispatch tasks resume`: lets paused tasks go on, and starts those that were made with `--hold`. */

import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { controlParts } from '../app-runs.ts';
import { CcdispatchError, fail } from '../lib/errors/errors.ts';
import { waitForReset } from '../lib/runs/accounts/wait-for-reset.ts';
import { type ControlParts, resumeTask } from '../lib/runs/control.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { eachTask } from './each-task.ts';

/** A pause that is under way takes as long as its agent takes to leave; after so long it is said that it does. */
const pausingMs = 15_000;
const lookMs = 100;

type Resumed = 'waits' | 'runs' | 'until-reset';

/** Waits for a pause that is under way, and for it to be seen through a worker must live. */
async function resume(app: App, parts: ControlParts, taskId: string, note: string | null): Promise<Resumed> {
  const deadline = app.clock.now() + pausingMs;
  for (;;) {
    try {
      const { status } = await resumeTask(parts, taskId, { note });
      return status === 'running' ? 'runs' : 'waits';
    } catch (error) {
      const isPausing = error instanceof CcdispatchError && error.code === 'busy';
      if (!isPausing || app.clock.now() >= deadline) throw error;
      ensureWorker(wakeParts(app));
      await app.clock.sleep(lookMs);
    }
  }
}

/** Has a task that asked at a limit go on at the reset. */
async function untilReset(parts: ControlParts, taskId: string): Promise<Resumed> {
  if ((await waitForReset(parts, taskId)) !== null) return 'until-reset';
  const hint = `See how it stands with: ccdispatch tasks why ${taskId}`;
  return fail('usage', `Task ${taskId} does not wait at a limit for somebody's word.`, hint);
}

const told: Record<Resumed, string> = {
  'until-reset': 'goes on by itself at the reset, or as soon as an account is free.',
  waits: 'waits for its turn.',
  runs: 'runs already; its agent was told nothing.',
};

interface Flags {
  json?: boolean;
  note?: string;
  atReset?: boolean;
}

export async function run(app: App, flags: Flags, ...ids: string[]): Promise<number> {
  if (flags.atReset && flags.note !== undefined) {
    fail('usage', '--note and --at-reset do not go together.', 'Tell its agent something when it goes on.');
  }
  const parts = await controlParts(app, await app.settings());
  const say = (taskId: string, resumed: Resumed) => `${taskId} ${told[resumed]}`;
  const note = flags.note?.trim() || null;
  const act = (taskId: string) => (flags.atReset ? untilReset(parts, taskId) : resume(app, parts, taskId, note));
  return await eachTask(app, flags, ids, act, say);
}
