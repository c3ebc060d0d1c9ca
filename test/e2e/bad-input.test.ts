// What people and programs give that is wrong, odd or huge: said clearly, with the right exit code, and nothing half-made left.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ agents: { counts: 'wc -c', digests: 'sha256sum', echoes: 'cat' } });
});
afterAll(() => scene.close());

const megabyte = 1024 * 1024;
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Everything that a task would leave in the home. */
function traces(): string[] {
  return ['tasks', 'sessions', 'queue', 'workspaces', 'outbox'].flatMap((name) => {
    const folder = path.join(scene.home, name);
    if (!fs.existsSync(folder)) return [];
    return fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((entry) => fs.statSync(path.join(folder, entry)).isFile() || /task-/.test(entry));
  });
}

describe('a dispatch that cannot be', () => {
  // The second is laid over the first; a workdir of the test's own is named by FOLDER.
  it.each([
    ['no prompt', [], 2, 'There is no prompt.'],
    ['an empty prompt', [''], 2, 'There is no prompt.'],
    ['a blank prompt', ['-p', ' \t\n'], 2, 'There is no prompt.'],
    ['an empty standard input', ['-p', '-'], 2, 'prompt: must not be empty'],
    ['two prompts', ['-p', 'one', 'two'], 2, 'given twice'],
    ['a path for a chat', ['-g', '../x', 'hi'], 2, 'group: must be a chat id'],
    ['two words for a chat', ['-g', '1 2', 'hi'], 2, 'group: must be a chat id'],
    ['an empty chat', ['-g', '', 'hi'], 2, 'group: must be a chat id'],
    ['a chat of 30 digits', ['-g', '1'.repeat(30), 'hi'], 2, 'group: must be a chat id'],
    ['an invisible name', ['-n', '\u200f \u2060', 'hi'], 2, 'name: must hold at least one visible character'],
    ['a missing workdir', ['-w', 'FOLDER/nowhere', 'hi'], 2, 'does not exist'],
    ['a file for a workdir', ['-w', 'FOLDER/a-file', 'hi'], 2, 'is a file, not a folder'],
    ['our home for a workdir', ['-w', 'HOME', 'hi'], 2, "among ccdispatch's own records"],
    ['a folder of our home', ['-w', 'HOME/made', 'hi'], 2, "among ccdispatch's own records"],
    ['a link to our home', ['-w', 'FOLDER/link', 'hi'], 2, "among ccdispatch's own records"],
    ['an unknown option', ['--colour', 'red', 'hi'], 2, "unknown option '--colour'"],
    ['an unknown priority', ['--priority', 'soon', 'hi'], 2, 'priority: must be high, normal, low, or 0 to 9'],
    ['an unknown timeout', ['--timeout', 'long', 'hi'], 2, 'timeout: must be a time such as 90s, 10m or 2h'],
    ['a negative budget', ['--max-budget-usd=-1', 'hi'], 2, 'max-budget-usd: must be more than 0'],
    ['an option in place of a model', ['--model=--yolo', 'hi'], 2, 'model: must be the name of a model'],
    ['an unknown mode', ['--permission-mode', 'bypassPermissions', 'hi'], 2, 'permission-mode'],
    ['a path for a session', ['-s', '../../x', 'hi'], 2, 'session: must be the id'],
    ['several faults at once', ['-g', 'x', '--thread', 'y', 'hi'], 2, 'thread: must be the number of a topic'],
  ])('%s', async (_fault, args, exitCode, text) => {
    fs.writeFileSync(path.join(scene.folder, 'a-file'), '');
    fs.mkdirSync(path.join(scene.home, 'made'), { recursive: true });
    fs.rmSync(path.join(scene.folder, 'link'), { force: true });
    fs.symlinkSync(path.join(scene.home, 'made'), path.join(scene.folder, 'link'));
    const before = traces();
    const given = args.map((arg) => arg.replace('FOLDER', scene.folder).replace('HOME', scene.home));
    const said = await scene.cli(['dispatch', ...given]);
    expect(said).toMatchObject({ exitCode, stdout: '' });
    expect(said.stderr).toContain(text);
    expect(said.stderr).not.toMatch(/\bat .*:\d+:\d+\)|a bug of ours/);
    expect(traces()).toEqual(before);
  });

  it('is a prompt of 11 MB, by whatever way it comes', async () => {
    const before = traces();
    const input = 'x'.repeat(11 * megabyte);
    const piped = await scene.cli(['dispatch', '-p', '-'], { input });
    const batch = await scene.cli(['dispatch', '--batch', '-'], { input: JSON.stringify({ prompt: input }) });
    for (const said of [piped, batch]) {
      expect(said).toMatchObject({ exitCode: 2, stdout: '' });
      expect(said.stderr).toContain('prompt: must not be longer than 10 MB');
      expect(said.stderr.length).toBeLessThan(2000);
    }
    expect(traces()).toEqual(before);
  });
});

describe('a session that cannot be', () => {
  it.each([
    ['a name of 300 characters', ['new', 'x'.repeat(300)], 2, 'more than 64 characters'],
    ['a name with a slash', ['new', 'a/b'], 2, 'slash'],
    ['a name that leads elsewhere', ['new', '../../x'], 2, 'slash'],
    ['a name that nobody sees', ['new', '\u200f \u2060'], 2, 'no visible character'],
    ['none of that name', ['send', 'nobody', 'hi'], 5, 'nobody'],
    ['none of a name of 300 characters', ['end', 'x'.repeat(300)], 5, 'ccdispatch sessions list'],
    ['a path for an id', ['send', '../../tasks', 'hi'], 5, 'ccdispatch sessions list'],
  ])('%s', async (_fault, args, exitCode, text) => {
    const before = traces();
    const said = await scene.cli(['sessions', ...args]);
    expect(said).toMatchObject({ exitCode, stdout: '' });
    expect(said.stderr).toContain(text);
    expect(said.stderr).not.toMatch(/\bat .*:\d+:\d+\)|a bug of ours/);
    expect(traces()).toEqual(before);
    expect(JSON.parse((await scene.cli(['sessions', 'list', '--all', '--json'])).stdout)).toEqual([]);
  });
});

describe('a prompt', () => {
  const dispatch = async (agent: string, input: string, args: string[] = []) =>
    scene.ended(await scene.dispatch(['--agent', agent, '-p', '-', ...args], { input }));

  it.each([
    ['5 MB', 5 * megabyte],
    ['exactly 10 MB', 10 * megabyte],
  ])('of %s reaches the agent whole', async (_size, bytes) => {
    const text = `${'é'.repeat(bytes / 2 - 1)}!\n`;
    const task = await dispatch('counts', text);
    expect(task).toMatchObject({ status: 'completed', result: String(bytes) });
    expect(Buffer.byteLength(task.prompt)).toBeLessThanOrEqual(4096);
    expect(fs.statSync(path.join(scene.taskFolder(task.task_id), 'prompt.txt')).size).toBe(bytes);
    expect(fs.statSync(path.join(scene.taskFolder(task.task_id), 'task-meta.json')).size).toBeLessThan(16 * 1024);
  });

  it('of five megabytes is answered by claude itself: too long', async () => {
    const task = await scene.ended(await scene.dispatch(['-p', '-'], { input: 'word '.repeat(megabyte) }));
    expect(task).toMatchObject({ status: 'failed', reason: 'agent', runs: [{ outcome: 'failed' }] });
    expect(task.result).toContain('Prompt is too long');
  });

  const odd =
    'nul \u0000, bell \u0007, escape \u001b[31m, right-to-left \u202e\u200f, 👩‍👩‍👧 🇨🇳, \ud800 half, tab\t, end\r\n';
  it('with NUL bytes, control characters, direction marks and emoji reaches the agent as it is', async () => {
    const asUtf8 = Buffer.from(odd).toString();
    expect((await dispatch('digests', odd)).result).toBe(`${digest(asUtf8)}  -`);
  });

  it('and such an answer harm neither the chat, the lists nor the terminal', async () => {
    const task = await dispatch('echoes', odd, ['-g', '1701', '-n', `na/me\n${odd.replaceAll('\u0000', '')}`]);
    expect(task.status).toBe('completed');
    expect(task.task_name).toMatch(/^na\/me nul/);
    const [show, list, logs, followed] = await Promise.all(
      [['show', task.task_id], ['list'], ['logs', task.task_id], ['logs', '-f', task.task_id]].map((args) =>
        scene.cli(['tasks', ...args]),
      ),
    );
    for (const said of [show, list, logs, followed]) {
      expect(said?.exitCode).toBe(0);
      expect(said?.stdout).not.toMatch(/(?![\t\n])\p{Cc}|\p{Bidi_Control}/u);
    }
    await scene.told('1701');
    const [result] = scene.results('1701');
    expect(result?.text).toMatch(/^✅ na\/me nul .*\nnul , bell , escape \[31m, right-to-left , 👩‍👩‍👧 🇨🇳/);
  });

  it('is said to claude as it is', async () => {
    scene.plays('odd one', [{ text: 'Odd indeed.' }]);
    const task = await scene.ended(await scene.dispatch(['-p', '-'], { input: `odd one: ${odd}` }));
    expect(task).toMatchObject({ status: 'completed', result: 'Odd indeed.' });
    expect(scene.asked('odd one')[0]?.sessionText).toContain('escape \u001b[31m');
  });

  it('in words that look like options, variables or commands stays text', async () => {
    const task = await scene.ended(
      await scene.dispatch(['--agent', 'echoes', '--', '--yolo', '$HOME', '`id`', '$(id)', "'; id;'"]),
    );
    expect(task).toMatchObject({ result: "--yolo $HOME `id` $(id) '; id;'", options: { yolo: false } });
  });
});

describe('a name or a chat', () => {
  it('of a supergroup works, as an option of its own or joined', async () => {
    for (const args of [['-g', '-1001234567890'], ['--group=-1001234567890']]) {
      const taskId = await scene.dispatch([...args, '--agent', 'echoes', 'hi']);
      expect(taskId).toMatch(/^task--1001234567890-\d+$/);
      expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', telegram_group: '-1001234567890' });
      expect((await scene.cli(['tasks', 'show', taskId])).exitCode).toBe(0);
    }
    await scene.told('-1001234567890');
    expect(scene.results('-1001234567890')).toHaveLength(2);
  });

  it('may hold slashes and line breaks, and is no path', async () => {
    const taskId = await scene.dispatch(['-g', '1702', '-n', '../../a/b\nc', '--agent', 'echoes', 'hi']);
    expect(await scene.ended(taskId)).toMatchObject({ task_name: '../../a/b c' });
    expect(fs.readdirSync(path.join(scene.home, 'tasks', '1702'))).toEqual([taskId]);
    await scene.told('1702');
    expect(scene.results('1702')[0]?.text).toMatch(/^✅ \.\.\/\.\.\/a\/b c\n/);
  });

  it('may be very long, and is cut', async () => {
    const taskId = await scene.dispatch(['-n', '名'.repeat(500), '--agent', 'echoes', 'hi']);
    expect((await scene.ended(taskId)).task_name.length).toBeLessThanOrEqual(80);
  });
});
