/** `ccdispatch tasks pause`: takes tasks out of the queue, or interrupts their agents so that they can go on later. */

import type { App } from '../app.ts';
import { controlParts } from '../app-runs.ts';
import { type Paused, pauseTask } from '../lib/runs/control.ts';
import { eachTask } from './each-task.ts';

const goOn = (taskId: string) => `Go on with: ccdispatch tasks resume ${taskId}`;

const told: Record<Paused, (taskId: string) => string> = {
  paused: (taskId) => `is paused. ${goOn(taskId)}`,
  pausing: (taskId) => `is being paused. ${goOn(taskId)}`,
  ending: () => 'is being ended already.',
  'ended-before': (taskId) => `had ended already. Run it once more with: ccdispatch tasks retry ${taskId}`,
};

export async function run(app: App, flags: { json?: boolean }, ...ids: string[]): Promise<number> {
  const parts = await controlParts(app, await app.settings());
  const pause = (taskId: string) => pauseTask(parts, taskId, { reason: 'user' });
  return await eachTask(app, flags, ids, pause, (taskId, paused) => `${taskId} ${told[paused](taskId)}`);
}
