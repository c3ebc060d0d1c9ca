// A set-up command runs to its end or is ended with all that it started, and what it said is kept.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { systemProcesses } from '../../../src/lib/adapters/processes.ts';
import { runSetup, type SetupRequest, setupLog } from '../../../src/lib/runs/setup-command.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { until } from '../../support/until.ts';

let home: TestHome;
let taskId: string;
let log: string;

beforeEach(() => {
  home = makeHome();
  taskId = `task-local-${Date.now()}`;
  fs.mkdirSync(home.paths.task(taskId), { recursive: true });
  log = setupLog(home.paths, taskId);
});

function run(command: string, change: Partial<SetupRequest> = {}): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', CCDISPATCH_TASK_ID: taskId, TOKEN: 'hunter22' };
  const parts = { ...home, processes: systemProcesses, clock: systemClock };
  const signal = new AbortController().signal;
  const redact = (text: string) => text.replaceAll('hunter22', '***');
  return runSetup(parts, {
    taskId,
    command,
    folder: home.outside,
    env,
    timeoutMs: 20_000,
    signal,
    redact,
    ...change,
  }).then(
    () => 'ok',
    (error: Error) => error.message,
  );
}

const carriers = () => systemProcesses.findByEnv('CCDISPATCH_TASK_ID', new Set([taskId])).length;

describe('a set-up command', () => {
  it('runs in the folder, in a shell, and both its outputs are kept', async () => {
    expect(await run('pwd && echo "a  b" >&2 && touch made')).toBe('ok');
    expect(fs.readFileSync(log, 'utf8')).toBe(`${home.outside}\na  b\n`);
    expect(fs.existsSync(path.join(home.outside, 'made'))).toBe(true);
  });

  it('says how it failed, with the end of its words and no secret in them', async () => {
    const said = await run('seq 1 2000; echo "token $TOKEN"; exit 7');
    expect(said).toMatch(/^The set-up command of the repository ended with 7: seq/);
    expect(said).toMatch(/1999\n2000\ntoken \*\*\*$/);
    expect(said.length).toBeLessThan(2000);
    expect(await run('no-such-program')).toContain('not found');
  });

  it('is ended when it takes too long, with all that it started', async () => {
    const said = await run('setsid sleep 1000 & sleep 1000', { timeoutMs: 300 });
    expect(said).toContain('was ended because it took longer than');
    expect(carriers()).toBe(0);
  });

  it('leaves nothing running behind', async () => {
    expect(await run('setsid sleep 1000 & echo done')).toBe('ok');
    expect(carriers()).toBe(0);
  });

  it('is given up when nobody wants it any more', async () => {
    const stop = new AbortController();
    const running = run('echo on; sleep 1000', { signal: stop.signal });
    await until('the command to run', () => fs.existsSync(log) && fs.readFileSync(log, 'utf8') === 'on\n');
    stop.abort();
    expect(await running).toContain('abort');
    expect(carriers()).toBe(0);
  });

  it('does not run beside one that a killed worker left', async () => {
    const left = await systemProcesses.start({
      command: '/bin/sh',
      args: ['-c', 'while :; do echo left >> both; sleep 0.02; done'],
      cwd: home.outside,
      env: { PATH: process.env.PATH ?? '', CCDISPATCH_TASK_ID: taskId },
      stdinPath: '/dev/null',
      stdoutPath: path.join(home.home, 'left.log'),
      stderrPath: '/dev/null',
    });
    await until('the first one to run', () => fs.existsSync(path.join(home.outside, 'both')));
    expect(await run('rm both; sleep 0.2; ls')).toBe('ok');
    expect(fs.readFileSync(log, 'utf8')).toBe('');
    expect((await left.exited).signal).toBe('SIGKILL');
  });
});
