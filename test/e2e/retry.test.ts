// Running a task once more: one that failed goes on where it stopped, one that completed is done anew.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { countIn } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.close());

/** Writes one file, then meets a limit; once gone on with, writes the other one. */
function playLimited(word: string): void {
  scene.plays(
    word,
    ({ cwd }) => [
      { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/one.txt`, content: '1' } }] },
      { status: 429, message: 'later' },
    ],
    {
      later: ({ cwd }) => [
        { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/two.txt`, content: '2' } }] },
        { text: 'Both are there.' },
      ],
    },
  );
}

describe('tasks retry', () => {
  it('goes on where a failed task stopped: same folder, same conversation, the prompt is not said again', async () => {
    playLimited('bridge');
    const failed = await scene.ended(await scene.dispatch(['-g', '801', '-n', 'build', 'build the bridge']));
    expect(failed).toMatchObject({ status: 'failed', reason: 'limit', changed_files: ['one.txt'] });
    const said = await scene.cli(['tasks', 'retry', '--wait', failed.task_id]);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'Both are there.\n' });
    const task = await scene.ended(failed.task_id);
    expect(task).toMatchObject({
      status: 'completed',
      reason: null,
      agent_session_id: failed.agent_session_id,
      workdir: failed.workdir,
      runs: [
        { n: 1, outcome: 'failed' },
        { n: 2, outcome: 'completed' },
      ],
    });
    expect(task.runs[1]?.input_uuid).not.toBe(task.input_uuid);
    expect(fs.readdirSync(task.workdir).sort()).toEqual(['one.txt', 'two.txt']);
    const last = scene.asked('build the bridge').at(-1);
    expect(last?.sessionText).toMatch(/^You were interrupted/);
    expect(countIn(last, 'build the bridge')).toBe(1);
    expect(countIn(last, 'one.txt')).toBeGreaterThan(0);
    await scene.told('801');
    expect(scene.results('801').map(({ text }) => text.split('\n')[0])).toEqual([
      '❌ build — failed: the usage limit is reached',
      '✅ build',
    ]);
    const history = JSON.parse((await scene.cli(['history', '--json', '--chat', '801'])).stdout);
    expect(history).toMatchObject([
      { run: 2, outcome: 'completed' },
      { run: 1, outcome: 'failed' },
    ]);
  });

  it('says the prompt again where the agent never heard it', async () => {
    scene.plays('ferry', [{ text: 'Crossed.' }]);
    await scene.workerGone();
    const env = { CLAUDE_BIN: '/nowhere/claude' };
    const failed = await scene.ended(await scene.dispatch(['take the ferry'], { env }));
    expect(failed).toMatchObject({ status: 'failed', reason: 'spawn' });
    await scene.workerGone();
    expect(await scene.cli(['tasks', 'retry', '--wait', failed.task_id])).toMatchObject({ stdout: 'Crossed.\n' });
    expect(scene.asked('take the ferry').map(({ sessionText }) => sessionText)).toEqual(['take the ferry']);
    await scene.ended(failed.task_id);
  });

  it('does a completed task anew, in the same folder and a conversation of its own', async () => {
    let times = 0;
    scene.plays('dice', () => [{ text: `A ${++times}.` }]);
    const first = await scene.ended(await scene.dispatch(['-g', '802', 'throw the dice']));
    expect(first.result).toBe('A 1.');
    expect(await scene.cli(['tasks', 'retry', '--wait', first.task_id])).toMatchObject({ stdout: 'A 2.\n' });
    const second = await scene.ended(first.task_id);
    expect(second.agent_session_id).not.toBe(first.agent_session_id);
    expect(second).toMatchObject({
      workdir: first.workdir,
      runs: [{ outcome: 'completed' }, { outcome: 'completed' }],
    });
    expect(countIn(scene.asked('throw the dice').at(-1), 'A 1.')).toBe(0);
    await scene.told('802');
    expect(scene.results('802')).toHaveLength(2);
  });

  it('does a failed task anew with --fresh', async () => {
    playLimited('tunnel');
    const failed = await scene.ended(await scene.dispatch(['dig the tunnel']));
    const said = await scene.cli(['tasks', 'retry', '--fresh', '--wait', failed.task_id]);
    expect(said.exitCode).toBe(1);
    const task = await scene.ended(failed.task_id);
    expect(task).toMatchObject({ status: 'failed', reason: 'limit' });
    expect(task.agent_session_id).not.toBe(failed.agent_session_id);
    // Its transcript goes with the task all the same.
    expect(task.left_sessions).toEqual([failed.agent_session_id]);
    const prompts = scene.asked('dig the tunnel').map(({ sessionText }) => sessionText);
    expect(new Set(prompts)).toEqual(new Set(['dig the tunnel']));
  });

  it('refuses a task that has not ended, and one that is not there', async () => {
    const held = await scene.dispatch(['--hold', 'wait']);
    expect(await scene.cli(['tasks', 'retry', held])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('is paused, not ended'),
    });
    expect((await scene.cli(['tasks', 'retry', 'task-local-1'])).exitCode).toBe(5);
    expect((await scene.cli(['tasks', 'retry', path.join('..', held)])).exitCode).toBe(2);
  });
});
