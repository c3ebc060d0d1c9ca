/** `ccdispatch tasks cancel`: ends tasks, whatever they are doing, without waiting behind anything. */

import type { App } from '../app.ts';
import { controlParts } from '../app-runs.ts';
import { type Cancelled, cancelTask } from '../lib/runs/control.ts';
import { eachTask } from './each-task.ts';

const told: Record<Cancelled, string> = {
  cancelled: 'cancelled.',
  ending: 'is being ended.',
  'ended-before': 'had ended already.',
};

export async function run(app: App, flags: { json?: boolean }, ...ids: string[]): Promise<number> {
  const parts = await controlParts(app, await app.settings());
  const cancel = (taskId: string) => cancelTask(parts, taskId, null);
  return await eachTask(app, flags, ids, cancel, (taskId, outcome) => `${taskId} ${told[outcome]}`);
}
