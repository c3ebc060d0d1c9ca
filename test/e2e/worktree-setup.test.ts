// A set-up command that takes long: its task can be cancelled, and a worker that is killed meanwhile leaves nothing behind.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isRunning, pidIn, type Scene, startScene, until } from '../support/e2e.ts';
import { writes } from '../support/e2e-model.ts';
import { commitAll } from '../support/work-repository.ts';
import { initRepository } from '../support/worktree-home.ts';

let scene: Scene;
let repo: string;
beforeAll(async () => {
  scene = await startScene();
  repo = initRepository(path.join(scene.folder, 'repo'));
  const setup = 'echo $$ > setup.pid; while [ ! -e "$CCDISPATCH_REPO/go" ]; do sleep 0.05; done; rm setup.pid';
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  fs.writeFileSync(file, JSON.stringify({ ...config, repos: { [repo]: { setup } } }));
});
afterAll(() => scene.close());

const settingUp = (taskId: string) => pidIn(path.join(scene.task(taskId).workdir, 'setup.pid'));

it('ends with its task when that is cancelled', async () => {
  const id = await scene.dispatch(['-g', '811', '--repo', repo, 'never']);
  const pid = await settingUp(id);
  expect((await scene.cli(['tasks', 'cancel', id])).exitCode).toBe(0);
  expect(await scene.ended(id)).toMatchObject({ status: 'cancelled', runs: [{ pid: 0 }] });
  await until('the set-up command to end', () => !isRunning(pid));
});

it('is begun again by the next worker, and the task is done once', async () => {
  scene.plays('violin', writes('violin.txt', 'v\n', 'Played.'));
  const id = await scene.dispatch(['-g', '812', '--repo', repo, 'play the violin']);
  const first = await settingUp(id);
  await scene.killWorker();
  expect(scene.task(id).status).toBe('pending');
  await scene.cli(['dispatch', '-g', '813', '--hold', 'never']);
  const worker = scene.cli(['worker', '--exit-when-idle']);
  await until('a set-up command of the new worker', async () => (await settingUp(id)) !== first);
  expect(isRunning(first)).toBe(false);
  fs.writeFileSync(path.join(repo, 'go'), '');
  expect(await scene.ended(id)).toMatchObject({ status: 'completed', result: 'Played.' });
  expect(scene.task(id).runs).toHaveLength(1);
  expect(fs.existsSync(path.join(scene.task(id).workdir, 'violin.txt'))).toBe(true);
  await worker;
});

it('that a repository brings itself is run only where the person trusts it', async () => {
  const own = initRepository(path.join(scene.folder, 'own'));
  commitAll(own, 'set-up', { '.worktreesetup': 'echo "$CCDISPATCH_REPO" > ran\n' });
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8')) as { repos: Record<string, unknown> };
  const run = async () => {
    const task = await scene.ended(await scene.dispatch(['-g', '814', '--repo', own, 'just answer']));
    expect(task.status).toBe('completed');
    return fs.existsSync(path.join(task.workdir, 'ran'))
      ? fs.readFileSync(path.join(task.workdir, 'ran'), 'utf8')
      : null;
  };
  expect(await run()).toBe(null);
  config.repos[own] = { trusted: true };
  fs.writeFileSync(file, JSON.stringify(config));
  expect(await run()).toBe(`${own}\n`);
});
