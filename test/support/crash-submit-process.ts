// A process that submits a task so many milliseconds after it is told to, and says whether a worker has to be started for it.

import { setTimeout as sleep } from 'node:timers/promises';
import { openApp, submit, wake } from './crash-worker.ts';

export interface Submitted {
  task_id: string;
  worker: 'found' | 'started';
}

const { env, cwd } = JSON.parse(process.argv[2] ?? '') as { env: Record<string, string>; cwd: string };
const app = openApp(env, cwd);
process.on('message', async (delayMs: number) => {
  await sleep(delayMs);
  const { task_id } = await submit(app, { prompt: 'nothing', agent: 'nothing' });
  const worker = wake(app, () => {});
  process.send?.({ task_id, worker } satisfies Submitted);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
