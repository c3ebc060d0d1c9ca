// The agent at work on a run is ended as a whole, before anybody goes on: the task's next run carries the same mark.

import { expect, it } from 'vitest';
import { openRunProcess } from '../../../src/lib/runs/run-process.ts';
import { addTask, aRun } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';
import { makeRunHome, makeSuperviseParts } from './run-home.ts';

it('is not ended before all of that is over, whoever asked for it first', async () => {
  const home = makeRunHome();
  const task = await addTask(home, { status: 'running' });
  const child = await home.startAgent(task, 'exec sleep 60');
  const run = aRun(0, null, { pid: child.id.pid, pid_started: child.id.started });
  const parts = { ...makeSuperviseParts(home, {}), graceMs: 1000 };
  const agent = openRunProcess({ parts, task, run, agent: null, child, mask: (text) => text, ring: () => {} });
  const ended: string[] = [];
  const first = agent.end().then(() => ended.push('first'));
  await until('the end of the agent itself', () => !agent.isMainAlive());
  await agent.end().then(() => ended.push('second'));
  await first;
  expect(ended).toEqual(['first', 'second']);
});
