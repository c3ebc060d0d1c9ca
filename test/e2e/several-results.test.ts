// Several results in one run: what is told while something still runs in the agent's background, and what stands in the end.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isRunning, pidIn, type Scene, startScene } from '../support/e2e.ts';
import { bash } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ config: { timeouts: { backgroundSeconds: 4, graceSeconds: 1 } } });
});
afterAll(() => scene.close());

const inBackground = { run_in_background: true };

/** The events of a task that were put into the outbox, by the names of their files. */
function announced(chat: string): string[] {
  return fs
    .readdirSync(path.join(scene.home, 'outbox', 'sent', chat))
    .filter((name) => name.endsWith('.json') && !name.includes('progress'))
    .map((name) => name.replace(/^task-\d+-\d+\./, ''))
    .sort();
}

describe.concurrent('a run with a background command', () => {
  it('tells what it has, and then the result', async ({ expect }) => {
    scene.plays('kettle', [bash('sleep 1; echo boiled', inBackground), { text: 'The water is on.' }], {
      later: [{ text: 'Tea is ready.' }],
    });
    const said = await scene.cli([
      'dispatch',
      '-g',
      '601',
      '-n',
      'tea',
      '--allowed-tools',
      'Bash',
      '--wait',
      'put the kettle on',
    ]);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'Tea is ready.\n' });
    const task = await scene.ended(await scene.latestOf('601'));
    expect(task).toMatchObject({ status: 'completed', result: 'Tea is ready.', note: null, runs: [{ n: 1 }] });
    await scene.told('601');
    const told = (await scene.told('601')).filter(({ text }) => /^💬|^✅ tea\n/.test(text)).map(({ text }) => text);
    expect(told).toEqual([
      '💬 tea — so far\nThe water is on.\n\n⚙️ Still running in the background: a command of the test',
      expect.stringMatching(/^✅ tea\nTea is ready\.\n\n⏱ /),
    ]);
    expect(announced('601')).toEqual(['1.ended.json', '1.interim-1.json']);
  });

  it('ends what does not end, and the result stands with a note', async ({ expect }) => {
    const pids = path.join(scene.folder, 'endless.pid');
    scene.plays('endless', [bash(`echo $$ > ${pids}; sleep 1000`, inBackground), { text: 'It runs for ever.' }]);
    const taskId = await scene.dispatch([
      '-g',
      '602',
      '-n',
      'loop',
      '--allowed-tools',
      'Bash',
      'start an endless loop',
    ]);
    const endless = await pidIn(pids);
    expect(isRunning(endless)).toBe(true);
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({ status: 'completed', result: 'It runs for ever.', note: 'background_ended' });
    expect(isRunning(endless)).toBe(false);
    await scene.told('602');
    expect(scene.results('602').map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^✅ loop\nIt runs for ever\.\n[\s\S]*Background work was still running and has been ended\.$/,
      ),
    ]);
    expect(announced('602')).toEqual(['1.ended.json', '1.interim-1.json']);
  });
});
