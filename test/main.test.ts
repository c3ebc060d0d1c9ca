// The program's end: each kind of failure has its exit code and a hint, and no secret shows, whatever happened.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome } from './support/home.ts';
import { runCommand } from './support/run-command.ts';

describe('the end of a command', () => {
  it.each([
    ['success', ['config', 'path'], 0, ''],
    ['help', ['--help'], 0, ''],
    ['an unknown command', ['dance'], 2, 'unknown command'],
    ['an unknown option', ['tasks', 'list', '--dance'], 2, 'unknown option'],
    ['a text that is no id', ['tasks', 'show', '../../etc/passwd'], 2, 'ccdispatch tasks list'],
    ['a task that is not there', ['tasks', 'show', 'task-local-1'], 5, 'ccdispatch tasks list'],
    ['broken settings', ['--config', '/nowhere.json', 'config', 'show'], 3, 'ccdispatch init'],
  ])('after %s', async (_kind, args, exitCode, says) => {
    const home = makeHome();
    const ended = await runCommand(args, { env: { ...home.env, HOME: home.outside } });
    expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(says) });
    expect(ended.stderr).not.toContain('a bug of ours');
  });

  it('masks secrets of the environment in what it says', async () => {
    const home = makeHome();
    const token = '123456789:AAHfiqksKZ8WmR2zMnQgA-xyz_0123456789';
    const args = ['--config', `/nowhere/${token}/my-own-password.json`, 'config', 'show'];
    const { stdout, stderr } = await runCommand(args, { env: { ...home.env, MY_PASSWORD: 'my-own-password' } });
    expect(stderr).toContain('/nowhere/123456789:***/***.json');
    expect(stdout + stderr).not.toMatch(/AAHfiqks|my-own-password/);
  });

  it.runIf(process.getuid?.() !== 0)('says whose folder it is that nobody else may write in', async () => {
    const home = makeHome();
    fs.chmodSync(home.home, 0o500);
    const { exitCode, stderr } = await runCommand(['dispatch', 'hello'], { env: home.env });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('CCDISPATCH_HOME');
    fs.chmodSync(home.home, 0o700);
  });

  it('says that the home is a file', async () => {
    const home = makeHome();
    const file = path.join(home.outside, 'file');
    fs.writeFileSync(file, '');
    const { exitCode, stderr } = await runCommand(['dispatch', 'hello'], { env: { CCDISPATCH_HOME: file } });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`${file}/`);
  });
});
