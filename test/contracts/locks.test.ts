// What locks must do between processes and within one: nobody holds what another holds, and the dead hold nothing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { kernelLocks as locks } from '../../src/lib/adapters/locks.ts';
import { makeHome } from '../support/home.ts';
import { until } from '../support/until.ts';
import { useAdapterProcess } from './adapter-programs.ts';

const runAdapter = useAdapterProcess();
let folder: string;
let file: string;
beforeEach(() => {
  folder = makeHome().outside;
  file = path.join(folder, 'new', '.lock');
});

/** The lock, which must be free. */
function take(purpose = 'test') {
  const lock = locks.tryTake(file, purpose);
  if (!lock) throw new Error('somebody holds the lock');
  onTestFinished(() => lock.release());
  return lock;
}

describe('within one process', () => {
  it('a lock is held by one taker until it is given up', () => {
    const lock = take();
    expect(locks.tryTake(file, 'other')).toBe(null);
    lock.release();
    const next = take();
    // A second release must not free what somebody else has by now.
    lock.release();
    expect(locks.tryTake(file, 'other')).toBe(null);
    next.release();
  });

  it('taking waits for its turn', async () => {
    const lock = take();
    const order: string[] = [];
    const second = locks.take(file, 'second', 5000).then((held) => {
      order.push('taken');
      held.release();
    });
    await sleep(20);
    order.push('given up');
    lock.release();
    await second;
    expect(order).toEqual(['given up', 'taken']);
  });

  it('waiting has an end, which names the holder', async () => {
    const lock = take('cleaning up');
    await expect(locks.take(file, 'other', 30)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringMatching(new RegExp(`held by process ${process.pid} \\(cleaning up\\) since \\d{4}-`)),
      hint: expect.stringContaining('ccdispatch doctor'),
    });
    fs.writeFileSync(file, 'scribble');
    await expect(locks.take(file, 'other', 0)).rejects.toThrow('is held by another process');
    lock.release();
  });
});

describe('the lock file', () => {
  it('is for its owner alone, and says who holds the lock', () => {
    const lock = take('worker');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(locks.holder(file)).toEqual({ pid: process.pid, purpose: 'worker', since: expect.stringMatching(/T.*Z$/) });
    lock.describe({ version: '1.2', agents: { claude: '/bin/claude' } });
    expect(locks.holder(file)).toMatchObject({ pid: process.pid, purpose: 'worker', version: '1.2' });
    lock.describe({ version: '1' });
    expect(locks.holder(file)).not.toHaveProperty('agents');
    lock.release();
    take('next');
    lock.describe({ purpose: 'late' });
    expect(locks.holder(file)?.purpose).toBe('next');
  });

  it.each(['', 'null', '[]', '{"pid": "x"}', '{"pid"'])('may hold anything else: %j', (text) => {
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, text);
    expect(locks.holder(file)).toBe(null);
    expect(locks.holder(path.join(folder, 'none'))).toBe(null);
  });
});

describe('a look', () => {
  it('takes nothing, makes nothing and holds up nobody', () => {
    expect(locks.isHeld(file)).toBe(false);
    expect(fs.existsSync(path.dirname(file))).toBe(false);
    const lock = take();
    expect([locks.isHeld(file), locks.isHeld(file)]).toEqual([true, true]);
    expect(locks.tryTake(file, 'other')).toBe(null);
    lock.release();
    expect(locks.isHeld(file)).toBe(false);
    take();
  });
});

describe('between processes', () => {
  it('a lock conflicts, and says whose it is', async () => {
    const other = runAdapter('hold', file, 'work');
    await other.firstLine;
    expect(locks.tryTake(file, 'mine')).toBe(null);
    expect(locks.isHeld(file)).toBe(true);
    expect(locks.holder(file)).toMatchObject({ pid: other.child.pid, purpose: 'work' });
    await expect(locks.take(file, 'mine', 20)).rejects.toThrow(`held by process ${other.child.pid} (work)`);
  });

  it('SIGKILL frees what its victim held, for one who waits', async () => {
    const other = runAdapter('hold', file);
    await other.firstLine;
    const waiting = locks.take(file, 'mine', 5000);
    other.child.kill('SIGKILL');
    const lock = await waiting;
    expect(locks.holder(file)).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('a child does not inherit it', async () => {
    const lock = take();
    const child = spawn('sleep', ['30'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    lock.release();
    expect(locks.isHeld(file)).toBe(false);
  });

  it('eight that count under it miss nothing', async () => {
    await Promise.all(Array.from({ length: 8 }, () => runAdapter('count', file, 12).output));
    expect(fs.readFileSync(file, 'utf8')).toBe(String(8 * 12));
  });
});

describe('a folder that goes while somebody waits for a lock in it', () => {
  it('takes the lock with it: who waits gets the lock of the file that is there then', async () => {
    const old = take('old');
    const waiting = locks.take(file, 'waiting', 5000);
    await sleep(5);
    fs.rmSync(path.dirname(file), { recursive: true });
    const lock = await waiting;
    expect(locks.holder(file)).toMatchObject({ purpose: 'waiting' });
    expect(locks.tryTake(file, 'third')).toBe(null);
    // The lock of the file that is gone means nothing any more.
    old.release();
    expect(locks.tryTake(file, 'third')).toBe(null);
    lock.release();
  });

  it('never leaves two with the lock, however often it goes', async () => {
    const holders = Array.from({ length: 4 }, () => runAdapter('count', file, 60));
    let hasEnded = false;
    void Promise.all(holders.map(({ output }) => output)).then(() => {
      hasEnded = true;
    });
    let removals = 0;
    await until('the counters', () => {
      // In one go, so that takers meet the file in the middle of its removal.
      for (let n = 0; n < 300; n++) {
        const lock = locks.tryTake(`${file}.lock`, 'remover');
        if (!lock) continue;
        fs.rmSync(`${file}.lock`);
        lock.release();
        removals++;
      }
      return hasEnded;
    });
    expect(removals).toBeGreaterThan(100);
    expect(fs.readFileSync(file, 'utf8')).toBe(String(4 * 60));
  });
});
