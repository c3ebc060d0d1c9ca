// Cancelling: in the middle of a tool's work, before a run began, after it ended, and of several tasks at once.

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, pidIn, type Scene, startScene, until } from '../support/e2e.ts';
import { bash, makeGate } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ agents: { sleeps: 'echo started; exec sleep 1000' } });
});
afterAll(() => scene.close());

const pidFile = (name: string) => path.join(scene.folder, `${name}.pid`);

describe('a running task', () => {
  it.each([
    ['plain', '301', 'sleep 1000'],
    ['stubborn', '302', "trap '' INT TERM HUP; while :; do sleep 1; done"],
    ['detached', '303', 'setsid sleep 1000 & echo $! > "$PIDS.2"; wait'],
  ])('ends with its tools: a %s command', async (kind, chat, command) => {
    const pids = pidFile(kind);
    scene.plays(kind, [bash(`PIDS=${pids}; echo $$ > $PIDS; ${command}`), { text: 'never said' }]);
    const taskId = await scene.dispatch(['-g', chat, '--allowed-tools', 'Bash', `run a ${kind} command`]);
    const tool = await pidIn(pids);
    const agent = scene.latestRun(taskId).pid;
    expect([isRunning(tool), isRunning(agent)]).toEqual([true, true]);

    expect(await scene.cli(['tasks', 'cancel', taskId])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: `${taskId} is being ended.\n`,
    });
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({ status: 'cancelled', reason: 'user', runs: [{ n: 1, outcome: 'cancelled' }] });
    expect([isRunning(tool), isRunning(agent)]).toEqual([false, false]);
    if (kind === 'detached') expect(isRunning(await pidIn(`${pids}.2`))).toBe(false);
    await scene.told(chat);
    expect(scene.results(chat).map(({ text }) => text)).toEqual([expect.stringMatching(/^⏹ .* — stopped\n/)]);
  });

  it('ends although its model never answers, and the exit code of who waits for it is 1', async () => {
    const gate = makeGate();
    scene.plays('oracle', [{ text: 'too late' }], { before: () => gate.opened });
    const waiting = scene.cli(['dispatch', '-g', '310', '--wait', 'ask the oracle']);
    const taskId = await scene.latestOf('310');
    await until('the model to be asked', () => scene.asked('oracle').length > 0);
    await scene.cli(['tasks', 'cancel', taskId]);
    expect(await waiting).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cancelled (user)') });
    expect((await scene.ended(taskId)).status).toBe('cancelled');
    gate.open();
  });

  it('ends without a worker: one comes for it', async () => {
    const taskId = await scene.dispatch(['--agent', 'sleeps', 'rest']);
    await scene.running(taskId);
    const agent = scene.latestRun(taskId).pid;
    await scene.killWorker();
    expect(isRunning(agent)).toBe(true);
    await scene.cli(['tasks', 'cancel', taskId]);
    expect((await scene.ended(taskId)).status).toBe('cancelled');
    expect(isRunning(agent)).toBe(false);
  });
});

describe('a task that does not run', () => {
  it('is cancelled at once: one that waits for its conversation, one that is held, one that ended', async () => {
    const gate = makeGate();
    scene.plays('river', [{ text: 'It flows.' }], { before: () => gate.opened });
    const first = await scene.dispatch(['-g', '320', 'watch the river']);
    await scene.running(first);
    const second = await scene.dispatch(['-g', '321', '-s', first, 'watch the river once more']);
    const held = await scene.dispatch(['-g', '322', '--hold', 'never mind']);
    expect((await scene.cli(['tasks', 'why', second])).stdout).toContain(`${first} works in the same conversation`);

    const many = await scene.cli(['tasks', 'cancel', '--json', second, held]);
    expect(JSON.parse(many.stdout)).toEqual({ [second]: 'cancelled', [held]: 'cancelled' });
    for (const taskId of [second, held]) {
      expect(scene.task(taskId)).toMatchObject({
        status: 'cancelled',
        reason: 'user',
        runs: [{ outcome: 'cancelled' }],
      });
    }
    gate.open();
    expect((await scene.ended(first)).status).toBe('completed');
    expect(await scene.cli(['tasks', 'cancel', first])).toMatchObject({
      exitCode: 0,
      stderr: `${first} had ended already.\n`,
    });
    expect(scene.task(first).status).toBe('completed');
    for (const chat of ['321', '322']) {
      await scene.told(chat);
      expect(scene.results(chat).map(({ text }) => text)).toEqual([expect.stringMatching(/^⏹ /)]);
    }
    expect(scene.asked('once more')).toEqual([]);
  });

  it('does not keep others from being cancelled: two bad ids among good ones', async () => {
    const held = await Promise.all(['a', 'b'].map((name) => scene.dispatch(['--hold', '-n', name, 'never mind'])));
    const said = await scene.cli(['tasks', 'cancel', held[0] as string, '../x', 'task-local-1', held[1] as string]);
    expect(said.exitCode).toBe(5);
    expect(said.stderr).toContain('"../x" is not a task id.');
    expect(said.stderr).toContain('There is no task task-local-1.');
    for (const taskId of held) expect(scene.task(taskId).status).toBe('cancelled');
  });
});
