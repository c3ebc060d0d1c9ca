// Somebody works on what is in the queue: one worker per home, found, started and told apart from others.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DetachedRequest, Processes } from '../../../../src/lib/adapters/processes.ts';
import {
  ensureSettled,
  ensureWorker,
  livingWorker,
  startAhead,
  takeWorkerLock,
  type WakeParts,
} from '../../../../src/lib/runs/worker/wake.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

let home: RunHome;
let started: DetachedRequest[];
let parts: WakeParts;
beforeEach(() => {
  home = makeRunHome();
  started = [];
  const startDetached = (request: DetachedRequest) => {
    started.push(request);
    return null;
  };
  const processes: Processes = { ...home.processes, startDetached };
  parts = { ...home, processes, program: { command: '/bin/node', args: ['/x/ccdispatch.js'] }, env: { PATH: '/bin' } };
});

function hold(purpose: string) {
  const lock = home.locks.tryTake(home.paths.workerLock, purpose);
  onTestFinished(() => lock?.release());
  return lock;
}

describe('a worker is started', () => {
  it('where none lives, as a process that outlives us', () => {
    expect(ensureWorker(parts)).toBe('started');
    expect(started).toEqual([
      {
        command: '/bin/node',
        args: ['/x/ccdispatch.js', 'worker', '--exit-when-idle', '--holds-lock'],
        cwd: home.home,
        env: { PATH: '/bin' },
        logPath: `${home.paths.logs}/worker.out`,
        handed: expect.any(Number),
      },
    ]);
    expect(home.files.stat(home.paths.logs)?.isFolder).toBe(true);
  });

  it('not where one lives, and again when it has gone', () => {
    const lock = hold('worker');
    expect(ensureWorker(parts)).toMatchObject({ pid: process.pid, purpose: 'worker' });
    expect(started).toEqual([]);
    lock?.release();
    // What it wrote about itself is still there, and means nothing.
    expect(livingWorker(parts)).toBe(null);
    expect(ensureWorker(parts)).toBe('started');
  });

  it('ahead of its work only where none lives but one did', () => {
    startAhead(parts);
    expect([started, home.files.stat(home.paths.logs), home.files.stat(home.paths.workerLock)]).toEqual([
      [],
      null,
      null,
    ]);
    const lock = hold('worker');
    startAhead(parts);
    expect(started).toEqual([]);
    lock?.release();
    startAhead(parts);
    expect(started).toHaveLength(1);
  });

  it.each(['settle', 'left'])('beside one that takes no tasks (%s)', (purpose) => {
    hold(purpose);
    expect(livingWorker(parts)).toBe(null);
    expect(ensureWorker(parts)).toBe('started');
  });

  it('to settle only where nobody is at it', () => {
    const lock = hold('settle');
    ensureSettled(parts);
    expect(started).toEqual([]);
    lock?.release();
    ensureSettled(parts);
    expect(started.map(({ args }) => args.slice(2))).toEqual([['--settle', '--holds-lock']]);
  });
});

describe('the lock of the worker', () => {
  it('is had by one', async () => {
    const lock = await takeWorkerLock(parts, 'worker', 0);
    onTestFinished(() => lock?.release());
    expect(livingWorker(parts)).toMatchObject({ purpose: 'worker' });
    expect(await takeWorkerLock(parts, 'worker', 0)).toBe(null);
    expect(await takeWorkerLock(parts, 'settle', 0)).toBe(null);
  });

  it('is waited for a moment: a look of somebody else must not turn a worker away', async () => {
    const look = hold('look');
    setTimeout(() => look?.release(), 60);
    const lock = await takeWorkerLock(parts, 'worker', 2000);
    expect(lock).not.toBe(null);
    lock?.release();
  });

  it('is waited for longer where somebody only settles', async () => {
    const settling = hold('settle');
    setTimeout(() => settling?.release(), 60);
    const lock = await takeWorkerLock(parts, 'worker', 0);
    expect(lock).not.toBe(null);
    lock?.release();
  });
});
