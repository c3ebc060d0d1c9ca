// Whoever pauses or resumes a task is killed before each single change to the disk: the task is never lost, told once, and done once.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleProgram, runProgram, type TestProgram } from '../support/crash-program.ts';
import { hasProc } from '../support/crash-stage.ts';
import type { Controlled, StepRequest } from '../support/crash-step-process.ts';
import { control, openApp, submit, workUntilIdle } from '../support/crash-worker.ts';
import { makeHome } from '../support/home.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await bundleProgram('crash-step-process.ts');
});
afterAll(() => program.remove());

async function prepare(what: Controlled['do']) {
  const home = makeHome();
  mkdirSync(join(home.outside, 'person'));
  const command = ['/bin/sh', '-c', 'echo once >> effects.txt; echo the answer'];
  const config = { agents: { custom: { counting: { command } } }, limits: { minFreeMemoryMb: 0 } };
  writeFileSync(join(home.home, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { ...home.env, PATH: process.env.PATH, HOME: join(home.outside, 'person') };
  const app = openApp(env, home.outside);
  const { task_id: taskId, workdir } = await submit(app, { prompt: 'say it', group: '55', agent: 'counting' });
  if (what === 'resume') await control(app, { do: 'pause', taskId });
  return { home, env, app, taskId, workdir };
}

type Ground = Awaited<ReturnType<typeof prepare>>;

/** Where the task can be found; empty where it is lost. */
function placesOf({ home, taskId }: Ground): string[] {
  const { status } = home.tasks.load(taskId);
  const isIn = (ids: string[], place: string) => (ids.includes(taskId) ? [place] : []);
  const waiting = isIn(
    home.queue.waiting().map((marker) => marker.taskId),
    'waiting',
  );
  return status === 'paused' ? isIn(home.queue.aside(), 'aside') : waiting;
}

const toldOf = ({ home, taskId }: Ground) => {
  const folder = join(home.paths.outbox, '55');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.endsWith('.ended.json')).map((name) => name.replace(`${taskId}.`, ''));
};

it.skipIf(!hasProc).each(['pause', 'resume'] as const)('%s', { timeout: 60_000 }, async (what) => {
  for (let killAt = 1; ; killAt++) {
    const ground = await prepare(what);
    const { home, env, app, taskId, workdir } = ground;
    const step: StepRequest = { env, cwd: home.outside, killAt, submit: null, control: { do: what, taskId } };
    const { signal } = await runProgram(program.file, JSON.stringify(step));
    const context = `${what}, killed before step ${killAt}`;
    expect(placesOf(ground), context).not.toEqual([]);
    // Once more, as a person would; then it goes on.
    await control(app, { do: what, taskId });
    expect(placesOf(ground), context).toEqual([what === 'pause' ? 'aside' : 'waiting']);
    await control(app, { do: 'resume', taskId });
    expect([placesOf(ground), home.queue.waiting().length, home.queue.aside()], context).toEqual([['waiting'], 1, []]);
    await workUntilIdle(app);
    expect(home.tasks.load(taskId), context).toMatchObject({
      status: 'completed',
      runs: [
        { n: 1, pid: 0, outcome: 'paused' },
        { n: 2, outcome: 'completed' },
      ],
    });
    expect(toldOf(ground), context).toEqual(['1.ended.json', '2.ended.json']);
    expect(readFileSync(join(workdir, 'effects.txt'), 'utf8'), context).toBe('once\n');
    expect([home.queue.waiting(), home.queue.active(), home.queue.aside()], context).toEqual([[], [], []]);
    if (signal === null) {
      expect(killAt, 'there are steps').toBeGreaterThan(4);
      return;
    }
  }
});
