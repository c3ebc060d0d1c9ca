// Asking the worker to leave: it is waited for, and named where it does not.

import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { stopWorker } from '../../../../src/lib/runs/worker/stop-worker.ts';
import { useAdapterProcess } from '../../../contracts/adapter-programs.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

const runAdapter = useAdapterProcess();
let home: RunHome;
beforeEach(() => {
  home = makeRunHome({ isHasty: true });
});

describe('stopping', () => {
  it('does nothing where no worker lives', async () => {
    expect(await stopWorker(home)).toBe(null);
  });

  it('waits until the worker has left', async () => {
    const worker = runAdapter('hold', home.paths.workerLock, 'worker');
    await worker.firstLine;
    expect(await stopWorker({ ...home, clock: systemClock })).toMatchObject({ pid: worker.child.pid });
    expect(home.locks.isHeld(home.paths.workerLock)).toBe(false);
  });

  it('says who does not leave, and how to end him', async () => {
    const worker = runAdapter('hold', home.paths.workerLock, 'worker');
    await worker.firstLine;
    const processes = { ...home.processes, signal: () => true };
    await expect(stopWorker({ ...home, processes })).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining(`process ${worker.child.pid}`),
      hint: expect.stringContaining(`kill -9 ${worker.child.pid}`),
    });
  });
});
