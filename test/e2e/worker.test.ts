// The worker as a person meets it: one per home, leaves without ending agents, takes over, and says what it was started with.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelServer } from '../../src/lib/demo/model-server.ts';
import { isRunning, type Scene, startScene, until } from '../support/e2e.ts';
import { makeGate } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    agents: { echoes: 'cat', waits: 'echo begun; while [ ! -e "$HOME/go" ]; do sleep 0.05; done; echo ended' },
  });
});
afterAll(() => scene.close());

const letGo = () => fs.writeFileSync(path.join(scene.person, 'go'), '');
const holdBack = () => fs.rmSync(path.join(scene.person, 'go'), { force: true });

describe('a worker', () => {
  it('that is told to leave leaves its agents running, and says so', async () => {
    const gate = makeGate();
    scene.plays('glacier', [{ text: 'Still moving.' }], { before: () => gate.opened });
    await scene.workerGone();
    let pid = 0;
    const worker = scene.cli(['worker'], { onStart: (started) => (pid = started) });
    await until('the worker to work', () => scene.workerPid() === pid);
    const taskId = await scene.dispatch(['-g', '1501', 'watch the glacier']);
    await scene.running(taskId);
    const waiting = await scene.dispatch(['--hold', '--agent', 'echoes', 'not now']);
    process.kill(pid, 'SIGTERM');
    expect(await worker).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'ccdispatch worker: left. 1 agent goes on; the next worker takes over.\n',
    });
    expect(isRunning(scene.latestRun(taskId).pid)).toBe(true);
    expect(scene.task(taskId).status).toBe('running');
    gate.open();
    // Nobody needs to start one: the next task does.
    await scene.cli(['tasks', 'start', waiting]);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', runs: [{ n: 1 }] });
    await scene.told('1501');
    expect(scene.results('1501')).toHaveLength(1);
  });

  it('lives once per home: a second one says who works, and goes', async () => {
    holdBack();
    const taskId = await scene.dispatch(['--agent', 'waits', 'stay']);
    await scene.running(taskId);
    const first = scene.workerPid();
    const others = await Promise.all([scene.cli(['worker']), scene.cli(['worker', '--exit-when-idle'])]);
    for (const other of others) {
      expect(other).toMatchObject({ exitCode: 0, stdout: '' });
      expect(other.stderr).toMatch(
        new RegExp(`^ccdispatch worker: another one works for this home \\(process ${first} since `),
      );
    }
    expect(scene.workerPid()).toBe(first);
    letGo();
    expect(await scene.ended(taskId)).toMatchObject({ result: 'begun\nended' });
  });

  it('stops, restarts, and hands its agents on', async () => {
    holdBack();
    const taskId = await scene.dispatch(['--agent', 'waits', 'stay']);
    await scene.running(taskId);
    const first = scene.workerPid();
    expect(await scene.cli(['worker', 'restart'])).toMatchObject({ exitCode: 0, stdout: '' });
    await until('another worker', () => ![null, first].includes(scene.workerPid()));
    expect(await scene.cli(['worker', 'stop'])).toMatchObject({
      exitCode: 0,
      stderr: 'ccdispatch: the worker has left; running agents go on.\n',
    });
    // It gives its lock up a moment before its process ends.
    await scene.workerGone();
    expect(await scene.cli(['worker', 'stop'])).toMatchObject({ stderr: 'ccdispatch: no worker lives.\n' });
    expect(isRunning(scene.latestRun(taskId).pid)).toBe(true);
    await scene.cli(['tasks', 'cancel', taskId]);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'cancelled' });
  });

  it('keeps its own variables; a shell with others is told, by name alone, and a restart takes them over', async () => {
    holdBack();
    const other = await startModelServer({ script: () => ({ text: 'From elsewhere.' }) });
    const env = { ANTHROPIC_BASE_URL: other.url, ANTHROPIC_API_KEY: 'another-key-of-the-shell' };
    await scene.workerGone();
    const busy = await scene.dispatch(['--agent', 'waits', 'stay']);
    await scene.running(busy);
    const same = await scene.cli(['dispatch', '--wait', 'ask']);
    expect(same).toMatchObject({ stdout: 'ok\n', stderr: '' });
    const told = await scene.cli(['dispatch', '--wait', 'ask'], { env });
    expect(told.stdout).toBe('ok\n');
    expect(told.stderr).toMatch(/was started with other values of: ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL\./);
    expect(told.stderr).toContain('ccdispatch worker restart');
    expect(told.stderr).not.toContain(other.url);
    expect(told.stderr).not.toContain('another-key');
    await scene.cli(['worker', 'restart'], { env });
    const after = await scene.cli(['dispatch', '--wait', 'ask'], { env });
    expect(after).toMatchObject({ stdout: 'From elsewhere.\n', stderr: '' });
    expect(other.requests[0]?.apiKey).toBe('another-key-of-the-shell');
    letGo();
    await scene.ended(busy);
    await scene.workerGone();
    await other.close();
  });
});
