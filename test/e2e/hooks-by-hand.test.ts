// Hooks of sessions that a person started by hand, and hooks that are none: the host is never disturbed.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';

const chat = '1600';
let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ env: { TELEGRAM_DEFAULT_CHAT: chat } });
});
afterAll(() => scene.close());

const silent = { exitCode: 0, stdout: '', stderr: '' };
const session = { session_id: '31313131-3131-4131-8131-313131313131', cwd: '/srv/garden' };
const hook = (event: object, env: Record<string, string | undefined> = {}) =>
  scene.cli(['notify-hook'], { input: JSON.stringify({ ...session, ...event }), env });

describe('notify-hook', () => {
  it.each([
    [
      'Stop',
      { last_assistant_message: 'The roses are **cut**.' },
      '✅ garden — has finished\nThe roses are cut.\n\n📁 /srv/garden',
    ],
    [
      'Notification',
      { message: 'Claude needs your permission' },
      '🔔 garden — needs you\nClaude needs your permission\n\n📁 /srv/garden',
    ],
    ['StopFailure', { error: 'rate_limit' }, '❌ garden — has failed\nrate_limit\n\n📁 /srv/garden'],
  ])('tells the default chat of a %s', async (name, fields, text) => {
    const before = scene.bot.messages(chat).length;
    expect(await hook({ hook_event_name: name, ...fields })).toMatchObject(silent);
    await scene.workerGone();
    expect((await scene.told(chat)).slice(before).map((message) => message.text)).toEqual([text]);
  });

  it('keeps to itself what nobody needs to hear: other events, and all of them without a default chat', async () => {
    const before = scene.bot.messages(chat).length;
    expect(await hook({ hook_event_name: 'SessionEnd' })).toMatchObject(silent);
    expect(await hook({ hook_event_name: 'PreToolUse', tool_name: 'Bash' })).toMatchObject(silent);
    expect(await hook({ hook_event_name: 'Stop' }, { TELEGRAM_DEFAULT_CHAT: undefined })).toMatchObject(silent);
    await scene.workerGone();
    expect(scene.bot.messages(chat)).toHaveLength(before);
  });

  it('only leaves the message where no token is there to send it, and whoever has one does', async () => {
    const before = scene.bot.messages(chat).length;
    const fields = { hook_event_name: 'Stop', last_assistant_message: 'Left for later.' };
    expect(await hook(fields, { TELEGRAM_BOT_TOKEN: undefined })).toMatchObject(silent);
    await scene.workerGone();
    expect(scene.bot.messages(chat)).toHaveLength(before);
    expect((await scene.cli(['worker', '--exit-when-idle'])).exitCode).toBe(0);
    const told = (await scene.told(chat)).slice(before);
    expect(told.map((message) => message.text)).toEqual([expect.stringContaining('Left for later.')]);
  });

  it.each([
    ['no JSON', 'garbage \u0000 {'],
    ['nothing', ''],
    ['JSON of another kind', '[1, 2]'],
    ['a hook without a session', '{"hook_event_name": "Stop"}'],
    ['five megabytes of it', 'x'.repeat(5 * 1024 * 1024)],
  ])('takes %s without a word, and writes a line into its log', async (_kind, input) => {
    const log = path.join(scene.home, 'logs', 'hooks.log');
    const count = () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trimEnd().split('\n').length : 0);
    const before = count();
    expect(await scene.cli(['notify-hook'], { input })).toMatchObject(silent);
    expect(count()).toBe(before + 1);
    const line = fs.readFileSync(log, 'utf8').trimEnd().split('\n').at(-1) as string;
    expect(JSON.parse(line)).toMatchObject({ msg: 'a hook was not handled' });
    expect(line.length).toBeLessThan(4000);
  });

  it.each([
    [
      'a task that is not there',
      { CCDISPATCH_TASK_ID: 'task-local-1', CCDISPATCH_TASK_DIR: 'HOME/tasks/local/task-local-1' },
    ],
    ['a path in place of an id', { CCDISPATCH_TASK_ID: '../../x', CCDISPATCH_TASK_DIR: '/etc' }],
    ['broken settings', { CLAUDE_TIMEOUT: 'soon' }],
    ['a home that cannot be', { CCDISPATCH_HOME: '/dev/null/home' }],
  ])('does not disturb its host with %s', async (_kind, env) => {
    const given = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replace('HOME', scene.home)]),
    );
    const before = fs.readdirSync(path.join(scene.home)).sort();
    expect(await hook({ hook_event_name: 'Stop', last_assistant_message: 'odd' }, given)).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    await scene.workerGone();
    expect(fs.readdirSync(scene.home).sort()).toEqual(before);
    expect(fs.existsSync(path.join(scene.home, 'tasks'))).toBe(false);
  });
});
