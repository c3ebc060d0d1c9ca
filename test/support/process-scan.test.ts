// The scan for left-over processes must find what tests tend to leave behind, or it would never report anything.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { listProcessesWith } from './process-scan.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function sleepIn(cwd: string, env: NodeJS.ProcessEnv): number {
  const child = spawn('sleep', ['60'], { cwd, env, detached: true, stdio: 'ignore' });
  ends.push(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return child.pid ?? 0;
}

describe.runIf(process.platform === 'linux')('listProcessesWith', () => {
  it('finds a detached process by its environment, until it has ended', async () => {
    const word = `scan-env-${process.pid}`;
    const pid = sleepIn('/', { PATH: process.env.PATH, MARK: word });
    expect(listProcessesWith(word, 0)).toEqual([{ pid, command: 'sleep 60' }]);
    await ends.pop()?.();
    expect(listProcessesWith(word, 0)).toEqual([]);
  });

  it('finds a process with an empty environment by its folder', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'scan-cwd-'));
    ends.push(async () => fs.rmSync(folder, { recursive: true }));
    const pid = sleepIn(folder, { PATH: process.env.PATH });
    expect(listProcessesWith(folder, 0).map((found) => found.pid)).toEqual([pid]);
  });

  it('leaves the workers of the runner out', () => {
    const word = `scan-keeper-${process.pid}`;
    sleepIn('/', { PATH: process.env.PATH, MARK: word });
    expect(listProcessesWith(word, process.pid)).toEqual([]);
  });
});

describe('the environment of a test run', () => {
  it('has a home and a folder for temporary files of its own, and nothing of the caller', () => {
    const run = process.env.CCDISPATCH_TEST_RUN ?? '';
    expect(run).toMatch(/^ccd-test-/);
    expect(os.homedir()).toContain(run);
    expect(os.tmpdir()).toContain(run);
    const foreign = Object.keys(process.env).filter((name) => /^(ANTHROPIC_|CLAUDE|TELEGRAM_)/.test(name));
    expect(foreign).toEqual([]);
  });
});
