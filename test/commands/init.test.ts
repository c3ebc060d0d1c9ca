// The first steps with the real program: a config file, hooks that a shell can run, a unit for systemd.

import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome, type TestHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';

function freshHome() {
  const home = makeHome();
  return {
    ...home,
    env: { ...home.env, HOME: home.outside },
    settings: join(home.outside, '.claude', 'settings.json'),
  };
}

function put(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const backupsOf = (path: string) => readdirSync(dirname(path)).filter((name) => name.includes('.backup-'));

describe('the config file', () => {
  it('is written once, for its owner alone, and is valid', async () => {
    const home = freshHome();
    home.files.remove(home.home);
    const path = join(home.home, 'config.yaml');
    const { stdout, stderr, exitCode } = await runCommand(['init'], { env: home.env });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    expect(stderr).toBe(
      `Wrote ${path}\nNext: set telegram.token in it, then look around with: ccdispatch doctor\n` +
        'For a chat: name yourself in telegram.adminIds, start ccdispatch bot, and write to your bot what is to be done.\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(home.home).mode & 0o777).toBe(0o700);
    expect(await runCommand(['config', 'validate'], { env: home.env })).toMatchObject({ exitCode: 0 });
    expect(await runCommand(['init', '--print'], { env: home.env })).toMatchObject({
      stdout: readFileSync(path, 'utf8'),
    });
  });

  it('that is there is kept, whatever its name, until --force sets it aside', async () => {
    const home = freshHome();
    const old = put(join(home.home, 'config.json'), '{"limits": {"perUser": 2}}');
    const kept = await runCommand(['init'], { env: home.env });
    expect(kept).toMatchObject({
      exitCode: 0,
      stderr: `Kept the config file that is there: ${old} (--force replaces it)\n`,
    });
    expect(readdirSync(home.home)).toEqual(['config.json']);
    const { stdout } = await runCommand(['init', '--force', '--json'], { env: home.env });
    const { config } = JSON.parse(stdout);
    expect(config).toMatchObject({ path: join(home.home, 'config.yaml'), outcome: 'replaced' });
    expect(readFileSync(config.backup, 'utf8')).toContain('perUser');
    expect(await runCommand(['config', 'path'], { env: home.env })).toMatchObject({ stdout: `${config.path}\n` });
  });

  it('goes where it is told to', async () => {
    const home = freshHome();
    await runCommand(['init', '--config-path', 'new/settings.yaml'], { env: home.env, cwd: home.outside });
    expect(readFileSync(join(home.outside, 'new', 'settings.yaml'), 'utf8')).toContain('language: auto');
    expect(readdirSync(home.home)).toEqual([]);
  });
});

describe('hooks in Claude settings', () => {
  const before =
    '{\n    "model": "opus",\n    "hooks": {\n        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]\n    }\n}\n';

  const init = (home: ReturnType<typeof freshHome>, ...flags: string[]) =>
    runCommand(['init', '--claude-settings', home.settings, ...flags], { env: home.env });

  it('are put in once, with a copy of the file as it was, and taken out again', async () => {
    const home = freshHome();
    put(home.settings, before);
    const { stderr, exitCode } = await init(home);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`Put our hooks into ${home.settings}\n`);
    const [backup] = backupsOf(home.settings);
    expect(readFileSync(join(dirname(home.settings), backup as string), 'utf8')).toBe(before);
    const installed = readFileSync(home.settings, 'utf8');
    expect(Object.keys(JSON.parse(installed).hooks)).toEqual(['Stop', 'StopFailure', 'Notification']);
    expect(JSON.parse(installed).hooks.Stop).toHaveLength(2);
    expect(installed).toMatch(/^\{\n {4}"model": "opus",\n/);

    expect((await init(home)).stderr).toContain(`The hooks are in ${home.settings} already\n`);
    expect(readFileSync(home.settings, 'utf8')).toBe(installed);
    expect(backupsOf(home.settings)).toHaveLength(1);

    const undone = await init(home, '--undo');
    expect(undone.stderr).toContain(`Took our hooks out of ${home.settings}\n`);
    expect(JSON.parse(readFileSync(home.settings, 'utf8'))).toEqual(JSON.parse(before));
    expect((await init(home, '--undo')).stderr).toBe(`No hooks of ours are in ${home.settings}\n`);
    expect(backupsOf(home.settings)).toHaveLength(2);
  });

  it('go through a link into the file itself, or into a new file', async () => {
    const home = freshHome();
    const real = put(join(home.outside, 'dotfiles', 'claude.json'), before);
    mkdirSync(dirname(home.settings));
    symlinkSync(real, home.settings);
    await init(home);
    expect(lstatSync(home.settings).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, 'utf8')).toContain('notify-hook');
    const fresh = freshHome();
    expect((await init(fresh)).stderr).not.toContain('as it was');
    expect(JSON.parse(readFileSync(fresh.settings, 'utf8')).hooks.Stop).toHaveLength(1);
  });

  it('are shown beforehand, without a change', async () => {
    const home = freshHome();
    put(home.settings, before);
    const { stdout } = await init(home, '--print');
    expect(JSON.parse(stdout).hooks.Notification).toHaveLength(1);
    expect(readFileSync(home.settings, 'utf8')).toBe(before);
    expect(readdirSync(home.home)).toEqual([]);
  });

  it.each([
    ['{"hooks": ', 'is not readable as JSON'],
    ['[1]', 'does not hold settings of Claude Code'],
  ])('leave a file that they do not understand alone: %s', async (text, message) => {
    const home = freshHome();
    put(home.settings, text);
    const { stderr, exitCode } = await init(home);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(message);
    expect(readFileSync(home.settings, 'utf8')).toBe(text);
    expect(backupsOf(home.settings)).toEqual([]);
    expect(readdirSync(home.home)).toEqual([]);
  });

  it('need to be told where, to be taken out', async () => {
    const home = freshHome();
    expect(await runCommand(['init', '--undo'], { env: home.env })).toMatchObject({ exitCode: 2 });
    expect(readdirSync(home.home)).toEqual([]);
  });

  it('tell the default chat when a shell runs them', async () => {
    const home = freshHome();
    put(join(home.home, 'config.yaml'), 'telegram: {defaultChat: 5}\n');
    await init(home);
    const [group] = JSON.parse(readFileSync(home.settings, 'utf8')).hooks.Stop;
    // As if a worker lived, so that none is started here.
    const lock = home.locks.tryTake(home.paths.workerLock, 'worker');
    const input = JSON.stringify({
      hook_event_name: 'Stop',
      session_id: 'x',
      cwd: '/work',
      last_assistant_message: 'Done!',
    });
    // A session started by hand knows nothing of this home but what its hook says.
    const env = { PATH: '/usr/bin:/bin', HOME: home.outside, CCDISPATCH_TEST_RUN: process.env.CCDISPATCH_TEST_RUN };
    const result = spawnSync('sh', ['-c', group.hooks[0].command], { input, env, encoding: 'utf8' });
    lock?.release();
    expect(result).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(sayings(home)).toEqual([{ chat_id: '5', text: 'Done!' }]);
  });
});

/** What lies in the outbox for chat 5. */
function sayings(home: TestHome) {
  const folder = join(home.paths.outbox, '5');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .map(({ chat_id, notification }) => ({ chat_id, text: notification.text }));
}

it.each([
  [['--systemd'], 'worker', 'ccdispatch.service'],
  [['--systemd', 'bot'], 'bot', 'ccdispatch-bot.service'],
])('the unit for systemd goes to standard output, with advice beside it: %j', async (flags, command, file) => {
  const home = freshHome();
  const { stdout, stderr, exitCode } = await runCommand(['init', ...flags], { env: home.env });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\[Unit\]\n/);
  expect(stdout).toContain(`Environment="CCDISPATCH_HOME=${home.home}"`);
  expect(stdout).toMatch(new RegExp(`^ExecStart="/.*" "/.*/bin/ccdispatch\\.js" "${command}"$`, 'm'));
  expect(stderr).toContain(`init ${flags.join(' ')} > ~/.config/systemd/user/${file}`);
  expect(readdirSync(home.home)).toEqual([]);
});

it('there is a unit for worker and bot alone', async () => {
  expect(await runCommand(['init', '--systemd', 'demo'], { env: freshHome().env })).toMatchObject({
    exitCode: 2,
    stdout: '',
  });
});
