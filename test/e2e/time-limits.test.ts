// Time: a run that gives no sign of life ends, one whose tool is silent does not, and the wall clock counts for both.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isRunning, pidIn, type Scene, startScene, until } from '../support/e2e.ts';
import { bash } from '../support/e2e-model.ts';

/** Longer than an agent takes to start on a busy machine. */
const silenceSeconds = 4;
let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    config: { timeouts: { silenceSeconds, graceSeconds: 1 } },
    agents: { mute: 'exec sleep 1000', talks: 'for i in 1 2 3 4 5 6; do echo $i; sleep 1; done' },
  });
});
afterAll(() => scene.close());

describe.concurrent('a run', () => {
  it('that hangs without a tool at work is ended as stuck', async ({ expect }) => {
    scene.plays('abyss', [{ hang: true }]);
    const said = await scene.cli(['dispatch', '-g', '401', '-n', 'stare', '--wait', 'stare into the abyss']);
    const task = await scene.ended(await scene.latestOf('401'));
    expect(task).toMatchObject({ status: 'failed', reason: 'timeout', runs: [{ outcome: 'failed' }] });
    expect(said).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('It gave no sign of life for 4 s, and no tool was at work.'),
    });
    expect(isRunning(task.runs[0]?.pid as number)).toBe(false);
    await scene.told('401');
    expect(scene.results('401').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^❌ stare — failed: it took too long\nIt gave no sign of life for 4 s/),
    ]);
    expect(fs.existsSync(path.join(scene.taskFolder(task.task_id), 'runs', '1', 'intent.json'))).toBe(true);
  });

  it('whose tool is silent for longer than that is not stuck, and shows what it does', async ({ expect }) => {
    scene.plays('anvil', [bash(`sleep ${silenceSeconds + 2.5}`), { text: 'Forged.' }]);
    const taskId = await scene.dispatch(['-g', '402', '-n', 'smith', '--allowed-tools', 'Bash', 'swing at the anvil']);
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({ status: 'completed', result: 'Forged.' });
    const progress = (await scene.told('402')).find(({ edits }) => edits > 0);
    expect(progress?.text).toBe('✅ smith — done, see below');
    expect(progress?.history.some((text) => /^▶️ smith — working.*\n🔧 Bash sleep 6\.5/.test(text))).toBe(true);
    expect(scene.results('402')).toHaveLength(1);
    expect(scene.results('402')[0]?.messageId).toBeGreaterThan(progress?.messageId as number);
  });

  it('ends at its wall clock, tool or not', async ({ expect }) => {
    const pids = path.join(scene.folder, 'wall.pid');
    scene.plays('marathon', [bash(`echo $$ > ${pids}; sleep 1000`), { text: 'never said' }]);
    const taskId = await scene.dispatch(['-g', '403', '--allowed-tools', 'Bash', '--timeout', '5s', 'run a marathon']);
    const tool = await pidIn(pids);
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({ status: 'failed', reason: 'timeout' });
    expect(task.result).toContain('It ran longer than 5 s, its limit.');
    expect(isRunning(tool)).toBe(false);
    await scene.told('403');
    expect(scene.results('403')).toHaveLength(1);
  });

  it("of a person's own agent is stuck when it prints nothing, and not while it prints", async ({ expect }) => {
    const [mute, talks] = await Promise.all([
      scene.dispatch(['--agent', 'mute', 'say something']),
      scene.dispatch(['--agent', 'talks', 'say something']),
    ]);
    expect(await scene.ended(mute)).toMatchObject({ status: 'failed', reason: 'timeout' });
    expect(await scene.ended(talks)).toMatchObject({ status: 'completed', result: '1\n2\n3\n4\n5\n6' });
  });

  it('can be gone on with after it was ended as stuck', async ({ expect }) => {
    scene.plays('mirror', [{ hang: true }], { later: [{ text: 'I see myself.' }] });
    const taskId = await scene.dispatch(['look into the mirror']);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'failed', reason: 'timeout' });
    await scene.cli(['tasks', 'retry', taskId]);
    await until('the second run', () => scene.task(taskId).runs.length === 2);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'I see myself.' });
  });
});
