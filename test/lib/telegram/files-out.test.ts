// Which files of a task may leave it: never any outside of its folder, whatever links say, and never our own records.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { fileKey, listFiles, maxSendBytes } from '../../../src/lib/telegram/files-out.ts';
import { type BotStage, openBotStage } from '../../support/bot-stage.ts';

let stage: BotStage;
beforeEach(() => {
  stage = openBotStage({ users: { 5: { enabled: true, allowed_features: ['files'] } } });
});

const put = (file: string, text = 'x', at?: number) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  if (at !== undefined) fs.utimesSync(file, at / 1000, at / 1000);
};
const listed = (task: Task) => listFiles(stage.parts, task).map((file) => file.path);

describe('files of a task in a folder of our making', () => {
  it('are all of its files, the latest first, without what nobody asked for', async () => {
    const task = await stage.hasTask({ status: 'completed' });
    put(path.join(task.workdir, 'old.txt'), 'x', 1000);
    put(path.join(task.workdir, 'deep/er/new.txt'), 'x', 3000);
    put(path.join(task.workdir, '.env'), 'x', 2000);
    for (const name of ['.git/config', 'node_modules/a/b.js', '.venv/x', '__pycache__/y'])
      put(path.join(task.workdir, name));
    expect(listed(task)).toEqual(['deep/er/new.txt', '.env', 'old.txt']);
  });

  it('are none that a link leads to outside; links inside are followed, once', async () => {
    const task = await stage.hasTask({ status: 'completed' });
    const inside = path.join(task.workdir, 'a/inside.txt');
    const outside = path.join(stage.home.outside, 'secret.txt');
    put(inside);
    put(outside, 'SECRET');
    const sibling = `${task.workdir}-2`;
    put(path.join(sibling, 'sibling.txt'));
    const links: [string, string][] = [
      ['file', outside],
      ['folder', stage.home.outside],
      ['home', stage.home.home],
      ['up', '..'],
      ['sibling', sibling],
      ['loop', '.'],
      ['self', 'self'],
      ['gone', 'nowhere'],
      ['chain', 'file'],
      ['again.txt', inside],
    ];
    for (const [name, target] of links) fs.symlinkSync(target, path.join(task.workdir, name));
    expect(listed(task)).toEqual(['a/inside.txt']);
  });

  it('are none where the folder itself is a link to elsewhere, or gone', async () => {
    const task = await stage.hasTask({ status: 'completed' });
    fs.rmSync(task.workdir, { recursive: true });
    expect(listed(task)).toEqual([]);
    put(path.join(stage.home.outside, 'secret.txt'), 'x', 1000);
    fs.symlinkSync(stage.home.outside, task.workdir);
    expect(listed(task)).toEqual([]);
  });
});

describe('files of a task in a person’s own folder', () => {
  it('are those that changed since it began, and never ours', async () => {
    const workdir = path.dirname(stage.home.home);
    const task = await stage.hasTask({ status: 'completed', workdir, changed_files: ['named.txt'] });
    const began = Date.parse(task.started_at as string);
    put(path.join(workdir, 'before.txt'), 'x', began - 60_000);
    put(path.join(workdir, 'named.txt'), 'x', began - 60_000);
    put(path.join(workdir, 'since.txt'), 'x', began + 60_000);
    fs.symlinkSync(stage.home.paths.users, path.join(workdir, 'users.json'));
    expect(listed(task)).toEqual(['since.txt', 'named.txt']);
    expect(fs.existsSync(stage.home.paths.users)).toBe(true);
  });

  it('are those that changed in a worktree, though it lies in our home, and never its record', async () => {
    const workdir = path.join(stage.home.paths.worktrees, 'shop-01234567/task-5-1');
    const task = await stage.hasTask({ status: 'completed', workdir, repo: '/srv/shop', worktree: 'task-5-1' });
    const began = Date.parse(task.started_at as string);
    put(path.join(workdir, 'before.txt'), 'x', began - 60_000);
    put(path.join(workdir, 'since.txt'), 'x', began + 60_000);
    put(`${workdir}.json`, '{}', began + 60_000);
    fs.symlinkSync(`${workdir}.json`, path.join(workdir, 'record.json'));
    expect(listed(task)).toEqual(['since.txt']);
  });

  it('are none of the root of all', async () => {
    expect(listed(await stage.hasTask({ status: 'completed', workdir: '/' }))).toEqual([]);
  });
});

describe('sending', () => {
  const press = (task: Task, file: string) =>
    stage.presses(`fp:5/${task.task_id.split('-').at(-1)}:1:${fileKey(file)}`);
  const documents = () => stage.calls.filter(({ method }) => method === 'sendDocument').map(({ request }) => request);

  it('gives the bytes, finds only what stands in the folder, and says what is too big', async () => {
    const task = await stage.hasTask({ status: 'completed' });
    put(path.join(task.workdir, 'out/a_b.txt'), 'BYTES');
    put(path.join(task.workdir, 'empty'), '');
    fs.truncateSync(path.join(task.workdir, 'empty'), 0);
    put(path.join(task.workdir, 'big_one.bin'));
    fs.truncateSync(path.join(task.workdir, 'big_one.bin'), maxSendBytes + 1);
    await press(task, 'out/a_b.txt');
    await press(task, 'empty');
    expect(documents().map(({ name, bytes }) => [name, String(bytes)])).toEqual([
      ['a_b.txt', 'BYTES'],
      ['empty', '\n'],
    ]);
    await press(task, '../../users.json');
    await press(task, 'big_one.bin');
    expect(stage.sentSince(0)).toEqual([
      'That file is not there any more.',
      'big_one.bin is 50 MB; a bot can send 50 MB at most.',
    ]);
  });

  it('says beforehand what is too big', async () => {
    const task = await stage.hasTask({ status: 'completed', task_name: 'film' });
    put(path.join(task.workdir, 'small.bin'));
    const list = `fl:5/${task.task_id.split('-').at(-1)}:1:`;
    await stage.presses(list);
    put(path.join(task.workdir, 'big.bin'), 'x', 1000);
    fs.truncateSync(path.join(task.workdir, 'big.bin'), maxSendBytes + 1);
    await stage.presses(list);
    expect(stage.sentSince(0)).toEqual([
      'Files of film, the latest first:',
      'Files of film, the latest first:\n⚠️ is more than the 50 MB that a bot can send.',
    ]);
    expect(stage.keyboard().flat()).toContain('⚠️ big.bin · 50 MB');
  });

  it('says when Telegram does not take it', async () => {
    const task = await stage.hasTask({ status: 'completed' });
    put(path.join(task.workdir, 'a.txt'));
    stage.fails('sendDocument', { kind: 'rejected' });
    await press(task, 'a.txt');
    expect(stage.sentSince(0)).toEqual(['Telegram did not take the file. Try again in a moment.']);
    stage.fails('sendDocument', { kind: 'refused' });
    await press(task, 'a.txt');
    expect(documents()).toHaveLength(3);
  });

  it('needs the right to files', async () => {
    stage = openBotStage();
    const task = await stage.hasTask({ status: 'completed' });
    put(path.join(task.workdir, 'a.txt'));
    await press(task, 'a.txt');
    await stage.presses(`fl:5/${task.task_id.split('-').at(-1)}:1:`);
    expect(stage.sentSince(0)).toEqual(Array(2).fill('You may not use: files. Ask an admin for it.'));
    expect(documents()).toEqual([]);
  });

  it('lists what fits on buttons, with sizes', async () => {
    const task = await stage.hasTask({ status: 'completed', task_name: 'my *task*' });
    expect(await stage.presses(`fl:5/${task.task_id.split('-').at(-1)}:1:`)).toBe('');
    expect(stage.sentSince(0)).toEqual(['There are no files.']);
    for (let index = 0; index < 14; index++) put(path.join(task.workdir, `${index}.txt`), 'x', 1000 * index);
    put(path.join(task.workdir, `${'深'.repeat(60)}/报告.pdf`), 'x'.repeat(2048), 99_000);
    await stage.presses(`fl:5/${task.task_id.split('-').at(-1)}:1:`);
    expect(stage.sentSince(0).at(-1)).toBe('Files of my *task*, the latest first:\n… and 3 more');
    expect(stage.keyboard()).toHaveLength(12);
    expect(stage.keyboard()[0]?.[0]).toBe(`📄 …${'深'.repeat(40)}/报告.pdf · 2.0 kB`);
  });
});
