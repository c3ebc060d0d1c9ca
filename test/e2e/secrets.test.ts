// Where prompts, keys and tokens never are: in arguments that every user of the machine can read, and in files of the home.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesWith, hasProc, type Scene, sceneKey, startScene } from '../support/e2e.ts';
import { bash, makeGate } from '../support/e2e-model.ts';
import { listProcessesWith } from '../support/process-scan.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ agents: { waits: 'cat; while [ ! -e "$HOME/go" ]; do sleep 0.05; done' } });
});
afterAll(() => scene.close());

describe('while agents run', () => {
  it.runIf(hasProc)('neither a prompt nor a key stands in any command line', async () => {
    const gate = makeGate();
    const prompt = `the secret plan ${Math.random().toString(36).slice(2)}`;
    scene.plays('secret plan', [{ text: 'Sealed.' }], { before: () => gate.opened });
    const taskIds = [
      await scene.dispatch(['-p', '-'], { input: prompt }),
      await scene.dispatch(['-p', '-', '--agent', 'waits'], { input: prompt }),
    ];
    for (const taskId of taskIds) await scene.running(taskId);
    const lines = listProcessesWith(scene.folder, process.pid).map(({ command }) => command);
    // Both agents and the worker are among them.
    for (const word of [
      '--input-format stream-json',
      path.join(scene.folder, 'agents', 'waits'),
      'worker --exit-when-idle',
    ]) {
      expect(
        lines.some((line) => line.includes(word)),
        word,
      ).toBe(true);
    }
    for (const word of [prompt, sceneKey, scene.bot.token]) {
      expect(lines.filter((line) => line.includes(word))).toEqual([]);
    }
    gate.open();
    fs.writeFileSync(path.join(scene.person, 'go'), '');
    for (const taskId of taskIds) expect((await scene.ended(taskId)).status).toBe('completed');
  });
});

describe('after runs that ended in every way', () => {
  it('no key or token lies in any file of the home, nor was one printed', async () => {
    scene.plays('calm', [bash('echo calm'), { text: 'Calm.' }]);
    scene.plays('storm', [{ status: 401, message: 'invalid x-api-key' }]);
    const said = await Promise.all([
      scene.cli(['dispatch', '-g', '1901', '--allowed-tools', 'Bash', '--wait', 'keep calm']),
      scene.cli(['dispatch', '-g', '1902', '--wait', '--verbose', 'weather the storm']),
      scene.cli(['dispatch', '-g', '1903', '--json', '--hold', 'never']),
    ]);
    for (const chat of ['1901', '1902']) {
      await scene.ended(await scene.latestOf(chat));
      await scene.told(chat);
    }
    const shown = await Promise.all(
      [
        ['config', 'show'],
        ['config', 'show', '--json'],
        ['tasks', 'list', '--json'],
        ['tasks', 'show', 'latest', '--json'],
        ['doctor'],
        ['doctor', '--json'],
        ['worker', 'stop'],
      ].map((args) => scene.cli([...args])),
    );
    await scene.workerGone();
    const secrets = [sceneKey, scene.bot.token];
    expect(filesWith(scene.home, secrets)).toEqual([]);
    const everything = JSON.stringify([said, shown, scene.bot.messages()]);
    for (const secret of secrets) expect(everything).not.toContain(secret);
    // The search does find what is there.
    fs.writeFileSync(path.join(scene.home, 'logs', 'leak.log'), `token ${scene.bot.token}\n`);
    expect(filesWith(scene.home, secrets)).toEqual([path.join(scene.home, 'logs', 'leak.log')]);
    fs.rmSync(path.join(scene.home, 'logs', 'leak.log'));
  });

  it('files of the home are for their owner alone', () => {
    const open = fs
      .readdirSync(scene.home, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(scene.home, name))
      .filter((file) => !file.includes('/workspaces/') && (fs.lstatSync(file).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });
});
