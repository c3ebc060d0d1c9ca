// Tasks that continue a conversation: the earlier context is there, the folder is the same, and they take turns.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { countIn, writes } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.close());

describe('dispatch -s', () => {
  it('goes on in the conversation of a task, in its folder', async () => {
    scene.plays('violin', writes('first.txt', 'one\n', 'First movement.'));
    const first = await scene.ended(await scene.dispatch(['-g', '701', 'play the violin']));
    scene.plays('cello', writes('second.txt', 'two\n', 'Second movement.'));
    const second = await scene.ended(await scene.dispatch(['-g', '701', '-s', first.task_id, 'now the cello']));
    scene.plays('flute', [{ text: 'Third movement.' }]);
    const third = await scene.ended(
      await scene.dispatch(['-g', '702', '-s', first.agent_session_id as string, 'now the flute']),
    );

    for (const task of [second, third]) {
      expect(task).toMatchObject({
        status: 'completed',
        workdir: first.workdir,
        agent_session_id: first.agent_session_id,
      });
    }
    expect(fs.readdirSync(first.workdir).sort()).toEqual(['first.txt', 'second.txt']);
    const asked = scene.asked('now the flute')[0];
    for (const earlier of ['play the violin', 'First movement.', 'now the cello', 'Second movement.']) {
      expect(countIn(asked, earlier), earlier).toBe(1);
    }
    expect(scene.results('701')).toHaveLength(2);
    // Each turn is paid once: the agent's own figure is that of the whole conversation.
    const costs = [first, second, third].map(({ cost_usd }) => cost_usd as number);
    expect(costs.every((cost) => cost > 0)).toBe(true);
    expect(costs[2]).toBeLessThan((costs[0] as number) + (costs[1] as number));
  });

  it('refuses a conversation that it does not know the folder of', async () => {
    const said = await scene.cli(['dispatch', '-g', '703', '-s', '99999999-9999-4999-8999-999999999999', 'go on']);
    expect(said).toMatchObject({ exitCode: 2, stdout: '' });
    expect(said.stderr).toContain('Name the folder it worked in with -w.');
    const unknown = await scene.cli(['dispatch', '-g', '703', '-s', 'task-703-1', 'go on']);
    expect(unknown).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('There is no task task-703-1.') });
    expect(fs.existsSync(path.join(scene.home, 'tasks', '703'))).toBe(false);
  });

  it('fails, and says so, where the agent does not know the conversation either', async () => {
    const said = await scene.cli([
      'dispatch',
      '-g',
      '704',
      '--wait',
      '-w',
      '.',
      '-s',
      '99999999-9999-4999-8999-999999999999',
      'go on',
    ]);
    expect(said.exitCode).toBe(1);
    expect(said.stdout).toBe('claude has no conversation 99999999-9999-4999-8999-999999999999 to continue.\n');
    const task = await scene.ended(await scene.latestOf('704'));
    expect(task).toMatchObject({ status: 'failed', reason: 'conversation' });
  });

  it('goes on in a conversation that a person began by hand', async () => {
    const id = '12121212-3434-4565-8787-909090909090';
    const folder = path.join(scene.folder, 'by-hand');
    fs.mkdirSync(folder);
    scene.plays('harp', [{ text: 'Strings.' }]);
    await scene.claude(['-p', '--session-id', id], { cwd: folder, input: 'tune the harp' });
    scene.plays('trumpet', [{ text: 'Brass.' }]);
    const taskId = await scene.dispatch(['-s', id, '-w', 'by-hand', 'now the trumpet']);
    expect(await scene.ended(taskId)).toMatchObject({ result: 'Brass.', workdir: folder });
    expect(countIn(scene.asked('now the trumpet')[0], 'tune the harp')).toBe(1);
  });

  it('lets tasks of one conversation take turns, in order, while others run', async () => {
    let atWork = 0;
    let most = 0;
    const before = async () => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setTimeout(resolve, 150));
      atWork--;
    };
    scene.plays('relay', [{ text: 'Off.' }]);
    const first = await scene.ended(await scene.dispatch(['start the relay']));
    const legs = ['leg-one', 'leg-two', 'leg-three'];
    for (const leg of legs) scene.plays(leg, [{ text: `${leg} is run.` }], { before });
    const taskIds: string[] = [];
    for (const leg of legs) taskIds.push(await scene.dispatch(['-s', first.task_id, leg]));
    const tasks = await Promise.all(taskIds.map((taskId) => scene.ended(taskId)));
    expect(tasks.map(({ result }) => result)).toEqual(legs.map((leg) => `${leg} is run.`));
    expect(most).toBe(1);
    for (const [index, task] of tasks.slice(1).entries()) {
      expect(Date.parse(task.started_at as string)).toBeGreaterThanOrEqual(
        Date.parse(tasks[index]?.runs[0]?.ended_at as string),
      );
    }
    const last = scene.asked('leg-three').at(-1);
    expect(legs.slice(0, 2).map((leg) => countIn(last, `${leg} is run.`))).toEqual([1, 1]);
  });
});
