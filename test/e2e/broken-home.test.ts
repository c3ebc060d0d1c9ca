// Homes and settings that are broken, half-written or somebody else's: said clearly, and nothing else suffers.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { program } from '../support/run-command.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ agents: { echoes: 'cat' } });
});
afterAll(() => scene.close());

describe('settings', () => {
  const faults = {
    language: 'klingon',
    telegram: { token: 'not-a-token-but-secret' },
    timeouts: { silenceSeconds: 0 },
    limits: { maxSessions: 'many' },
    colour: 'red',
  };
  it.each(['--config', 'the home', 'YAML'])(
    'with five faults are refused with all five, and no value shown (%s)',
    async (from) => {
      const home = path.join(scene.folder, `home-${from.replace(/\W/g, '')}`);
      fs.mkdirSync(home);
      const file = path.join(
        home,
        from === 'YAML' ? 'config.yaml' : from === '--config' ? 'other.json' : 'config.json',
      );
      fs.writeFileSync(file, JSON.stringify(faults));
      const args = from === '--config' ? ['--config', file] : [];
      const env = { CCDISPATCH_HOME: home, TELEGRAM_BOT_TOKEN: undefined };
      const said = await scene.cli([...args, 'dispatch', '-g', '1801', 'hi'], { env });
      expect(said).toMatchObject({ exitCode: 3, stdout: '' });
      expect(said.stderr).toContain('5 faults in the settings');
      for (const name of ['language', 'telegram.token', 'timeouts.silenceSeconds', 'limits.maxSessions', 'colour']) {
        expect(said.stderr).toContain(`  - ${name}: `);
      }
      expect(said.stderr).not.toContain('not-a-token');
      expect(said.stderr).toContain('ccdispatch config validate');
      expect(fs.readdirSync(home)).toEqual([path.basename(file)]);
      const unknown = await scene.cli([...args, 'dispatch', '--no-such-option', 'hi'], { env });
      expect(unknown.exitCode).toBe(2);
      expect(fs.readdirSync(home)).toEqual([path.basename(file)]);
    },
  );

  it('from the environment are checked in the same way, by their variables', async () => {
    const env = { CLAUDE_TIMEOUT: 'soon', TELEGRAM_BOT_TOKEN: 'secret', TELEGRAM_API_URL: 'telegram' };
    const said = await scene.cli(['dispatch', '-g', '1801', 'hi'], { env });
    expect(said.exitCode).toBe(3);
    for (const name of Object.keys(env)) expect(said.stderr).toContain(`(from ${name})`);
    expect(fs.existsSync(path.join(scene.home, 'tasks', '1801'))).toBe(false);
  });
});

describe('a record cut in half', () => {
  /** As a disk that lost its last blocks would leave it. */
  function cut(taskId: string): string {
    const file = path.join(scene.taskFolder(taskId), 'task-meta.json');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, text.slice(0, text.length / 2));
    return text;
  }

  it('of an ended task hides no other, and is named', async () => {
    const [broken, good] = [
      await scene.ended(await scene.dispatch(['--agent', 'echoes', '-n', 'broken', 'x'])),
      await scene.ended(await scene.dispatch(['--agent', 'echoes', '-n', 'good', 'x'])),
    ];
    cut(broken.task_id);
    const list = await scene.cli(['tasks', 'list']);
    expect(list).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(good.task_id) });
    for (const command of ['show', 'why', 'logs', 'retry', 'cancel']) {
      const said = await scene.cli(['tasks', command, broken.task_id]);
      expect(said.exitCode, command).toBe(1);
      expect(said.stderr, command).not.toContain('a bug of ours');
      expect(said.stderr, command).toMatch(/task-meta\.json/);
    }
    expect((await scene.cli(['history'])).stdout).toContain(good.task_id);
    const after = await scene.cli(['dispatch', '--agent', 'echoes', '--wait', 'still here']);
    expect(after).toMatchObject({ exitCode: 0, stdout: 'still here\n' });
    expect(fs.existsSync(path.join(scene.taskFolder(broken.task_id), 'prompt.txt'))).toBe(true);
  });

  it('of a waiting task stops no other, and nothing of it is thrown away', async () => {
    const held = await scene.dispatch(['--agent', 'echoes', '-n', 'cut', '--hold', 'x']);
    const marker = path.join(scene.home, 'queue', 'waiting', `5~${Date.now()}~local~${held}`);
    const text = cut(held);
    const waiting = fs.readdirSync(path.join(scene.home, 'queue', 'waiting'));
    expect(waiting).toEqual([]);
    fs.writeFileSync(marker, '');
    const after = await scene.cli(['dispatch', '--agent', 'echoes', '--wait', 'still here']);
    expect(after).toMatchObject({ exitCode: 0, stdout: 'still here\n' });
    await scene.workerGone();
    const folder = scene.taskFolder(held);
    const kept = fs.readdirSync(folder).filter((name) => name.startsWith('task-meta.json'));
    expect(kept.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))).toEqual([
      text.slice(0, text.length / 2),
    ]);
    expect(fs.existsSync(path.join(folder, 'prompt.txt'))).toBe(true);
  });
});

const isRoot = process.getuid?.() === 0;
/** A user without rights; only root can become one, and it must be able to read this program. */
const nobody = { uid: 65534, gid: 65534 };
const readsUs = spawnSync(
  process.execPath,
  ['-e', `require('fs').accessSync(${JSON.stringify(program)})`],
  isRoot ? nobody : {},
);
const canCheck = readsUs.status === 0;
if (!canCheck) console.warn('NOT TESTED: a home of another user. No other user can read this checkout.');

describe.runIf(canCheck)('a home that belongs to somebody else', () => {
  let home: string;
  beforeAll(() => {
    // Root makes one for itself and asks as another user; anybody else is locked out of a folder of his own.
    home = fs.mkdtempSync('/tmp/not-yours-');
    fs.chmodSync(home, isRoot ? 0o700 : 0o500);
  });
  afterAll(() => {
    fs.chmodSync(home, 0o700);
    fs.rmSync(home, { recursive: true });
  });

  it.each([
    ['dispatch', 'hi'],
    ['tasks', 'list'],
    ['worker', '--exit-when-idle'],
  ])('%s %s says that it is not allowed, and what to do', async (...args) => {
    const said = await scene.cli(args, {
      cwd: '/',
      env: { CCDISPATCH_HOME: path.join(home, 'inner'), HOME: '/', TMPDIR: '/tmp' },
      ...(isRoot ? { user: nobody } : {}),
    });
    if (args[0] === 'tasks' && !isRoot) {
      // Nothing is there, and nothing needs to be written to say so.
      expect(said.exitCode).toBe(0);
      return;
    }
    expect(said).toMatchObject({ exitCode: 4, stdout: '' });
    expect(said.stderr).toContain(home);
    expect(said.stderr).toContain('set CCDISPATCH_HOME to a folder of your own');
    expect(fs.readdirSync(home)).toEqual([]);
  });
});
