// A worker that only settles, as an agent's hook starts it: it ends what has ended, and leaves all else to a worker with a person's environment.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Task } from '../../src/lib/tasks/record.ts';
import { until } from '../support/crash-stage.ts';
import { openApp, submit, workUntilIdle } from '../support/crash-worker.ts';
import { makeHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';

/** Says what Claude Code says, and waits for the file `go` in its folder before its result. */
const speaker = `#!/bin/sh
echo '{"type":"system","subtype":"init","session_id":"7e1b1f3e-0000-4000-8000-000000000001","model":"m"}'
while [ ! -e go ]; do sleep 0.02; done
echo '{"type":"result","subtype":"success","is_error":false,"result":"the answer","session_id":"7e1b1f3e-0000-4000-8000-000000000001"}'
`;

function prepare() {
  const home = makeHome();
  const bin = join(home.outside, 'speaker');
  writeFileSync(bin, speaker, { mode: 0o755 });
  mkdirSync(join(home.outside, 'person'));
  const config = { agents: { claude: { bin } }, limits: { minFreeMemoryMb: 0 } };
  writeFileSync(join(home.home, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { ...home.env, PATH: process.env.PATH, HOME: join(home.outside, 'person') };
  const app = openApp(env, home.outside);
  return {
    home,
    env,
    app,
    load: (task: Task) => home.tasks.load(task.task_id),
    letGo: (task: Task) => writeFileSync(join(task.workdir, 'go'), ''),
    told: () => {
      const folder = join(home.paths.outbox, '55');
      return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ended.json')) : [];
    },
  };
}

type Ground = ReturnType<typeof prepare>;

/** A task whose agent is at work, and whose worker has gone. */
async function startRunning({ app, load }: Ground): Promise<Task> {
  const task = await submit(app, { prompt: 'say it', group: '55' });
  const leave = new AbortController();
  const working = workUntilIdle(app, { signal: leave.signal });
  await until('the agent to speak', () => load(task).status === 'running', 5000);
  leave.abort();
  await working;
  return task;
}

it('starts nothing: neither what was claimed by a worker that was killed, nor what waits', async () => {
  const ground = prepare();
  const { app, home, load, letGo } = ground;
  const claimed = await submit(app, { prompt: 'claimed', group: '55' });
  const [marker] = home.queue.waiting();
  if (!marker || !home.queue.claim(marker)) throw new Error('the task was not claimed');
  const waiting = await submit(app, { prompt: 'waits', group: '55' });
  for (const task of [claimed, waiting]) letGo(task);

  // The program itself, to see that it leaves nobody behind who would.
  expect(await runCommand(['worker', '--settle'], { env: ground.env })).toMatchObject({ exitCode: 0, stdout: '' });
  await workUntilIdle(app, { isSettling: true });
  expect([load(claimed).status, load(waiting).status]).toEqual(['pending', 'pending']);
  expect([home.queue.isActive(claimed.task_id), home.queue.waiting().length]).toEqual([true, 1]);
  expect(home.locks.isHeld(home.paths.workerLock)).toBe(false);

  await workUntilIdle(app);
  expect([load(claimed).status, load(waiting).status]).toEqual(['completed', 'completed']);
});

it('leaves an agent that is at work to it, and does not keep a worker waiting for it', async () => {
  const ground = prepare();
  const task = await startRunning(ground);
  await workUntilIdle(ground.app, { isSettling: true });
  expect(ground.load(task)).toMatchObject({ status: 'running', runs: [{ n: 1, outcome: null }] });
  ground.letGo(task);
  await workUntilIdle(ground.app);
  expect(ground.load(task)).toMatchObject({ status: 'completed', runs: [{ n: 1 }] });
});

it('ends and announces what ended while nobody looked', async () => {
  const ground = prepare();
  const task = await startRunning(ground);
  ground.letGo(task);
  const events = join(ground.home.paths.run(task.task_id, 1), 'events.jsonl');
  await until('the agent to leave', () => !ground.home.locks.isHeld(events), 5000);
  expect(ground.told()).toEqual([]);
  await workUntilIdle(ground.app, { isSettling: true });
  expect(ground.load(task)).toMatchObject({ status: 'completed', result: 'the answer' });
  expect(ground.told()).toEqual([`${task.task_id}.1.ended.json`]);
  expect(ground.home.queue.active()).toEqual([]);
});
