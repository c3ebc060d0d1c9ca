// Tasks that are made now and start later, and many made at once, all or none.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ agents: { echoes: 'cat' } });
});
afterAll(() => scene.close());

const folders = (chat: string) => {
  const folder = path.join(scene.home, 'tasks', chat);
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
};

describe('--hold', () => {
  it('makes a task that waits for a person, listed meanwhile, and run by tasks start', async () => {
    const taskId = await scene.dispatch(['-g', '1201', '-n', 'later', '--agent', 'echoes', '--hold', 'hello']);
    // Another one comes and goes in between: it must not take the held one along.
    await scene.ended(await scene.dispatch(['--agent', 'echoes', 'hello']));
    expect(scene.task(taskId)).toMatchObject({ status: 'paused', reason: 'hold', runs: [] });
    expect((await scene.cli(['tasks', 'list'])).stdout).toMatch(new RegExp(`${taskId} +later +paused \\(hold\\)`));
    expect((await scene.cli(['tasks', 'why', taskId])).stdout).toContain(`ccdispatch tasks start ${taskId}`);

    expect(await scene.cli(['tasks', 'start', taskId])).toMatchObject({ exitCode: 0, stdout: `${taskId}\n` });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'hello' });
    await scene.told('1201');
    expect(scene.results('1201')).toHaveLength(1);
    const again = await scene.cli(['tasks', 'start', taskId]);
    expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`ccdispatch tasks retry ${taskId}`) });
  });

  it('with --wait does not wait for ever: the task is still to come', async () => {
    const said = await scene.cli(['dispatch', '--agent', 'echoes', '--hold', '--wait', 'hello']);
    expect(said).toMatchObject({ exitCode: 8, stdout: '', stderr: expect.stringContaining('ccdispatch tasks start') });
  });
});

describe('--batch', () => {
  const lines = [
    '{"prompt": "one", "group": 1211, "name": "first"}',
    '',
    '{"prompt": "two", "group": "1211", "name": "second", "priority": "high", "max-budget-usd": 2}',
    '{"prompt": "three"}',
  ];

  it.each(['file', '-'])(
    'makes a task of every line (%s), in order, with the options of the command line',
    async (from) => {
      const file = path.join(scene.folder, 'batch.jsonl');
      fs.writeFileSync(file, lines.join('\n'));
      const chat = from === '-' ? '1213' : '1212';
      const text = lines.join('\n').replaceAll('1211', chat);
      fs.writeFileSync(file, text);
      const args = ['dispatch', '--agent', 'echoes', '--batch', from === '-' ? '-' : file, '-g', '1219', '--wait'];
      const said = await scene.cli(args, { input: from === '-' ? text : '' });
      expect(said).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\nthree\n' });
      expect(folders(chat)).toHaveLength(2);
      const tasks = folders(chat).sort().map(scene.task);
      expect(tasks).toMatchObject([
        { task_name: 'first', priority: 5, agent: 'echoes' },
        { task_name: 'second', priority: 8, agent: 'echoes', options: { max_budget_usd: 2 } },
      ]);
      for (const taskId of [...folders(chat), ...folders('1219')]) await scene.ended(taskId);
    },
  );

  it('prints the ids, one a line', async () => {
    const said = await scene.cli(['dispatch', '--agent', 'echoes', '--batch', '-'], { input: lines.join('\n') });
    const ids = said.stdout.trim().split('\n');
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
    for (const taskId of ids) expect((await scene.ended(taskId)).status).toBe('completed');
  });

  it.each([
    ['{"prompt": "three", "group": "../x"}', 'line 3: group: must be a chat id'],
    ['{"prompt": ""}', 'line 3: prompt: must not be empty'],
    ['{"prompt": "three", "colour": "red"}', 'line 3: "colour" is not an option of a task'],
    ['{"prompt": "three"', 'line 3 is not JSON'],
    ['["three"]', 'line 3 is not an object'],
    ['{"prompt": "three", "group": true}', 'line 3: group: must be a chat id'],
    [
      '{"prompt": "three", "thread": {}, "priority": []}',
      'thread: must be the number of a topic; priority: must be high',
    ],
    [
      '{"prompt": "three", "allowed_tools": 1, "timeout": "x"}',
      'allowed-tools: must be a list of tools; timeout: must be a',
    ],
  ])('adds nothing where line 3 is %s', async (line, fault) => {
    const said = await scene.cli(['dispatch', '-g', '1214', '--batch', '-'], {
      input: ['{"prompt": "one"}', '{"prompt": "two"}', line, '{"prompt": "four"}'].join('\n'),
    });
    expect(said).toMatchObject({ exitCode: 2, stdout: '' });
    expect(said.stderr).toContain(fault);
    expect(said.stderr).toContain('1 bad line; nothing was added');
    expect(folders('1214')).toEqual([]);
  });

  it('adds nothing where a line names what is not there', async () => {
    for (const line of ['{"prompt": "x", "workdir": "/nowhere"}', '{"prompt": "x", "agent": "nobody"}']) {
      const said = await scene.cli(['dispatch', '-g', '1215', '--batch', '-'], {
        input: `{"prompt": "one"}\n${line}\n`,
      });
      expect(said.exitCode, line).toBe(2);
    }
    expect((await scene.cli(['dispatch', '--batch', 'no-such-file'])).exitCode).toBe(2);
    expect((await scene.cli(['dispatch', '--batch', '-'], { input: '\n\n' })).exitCode).toBe(2);
    expect(folders('1215')).toEqual([]);
    expect(fs.readdirSync(path.join(scene.home, 'queue', 'waiting'))).toEqual([]);
  });
});
