// Work that keeps the disk busy: so many at once, by the setting of the moment, and nobody is forgotten.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { createFileOperations } from '../../../../src/lib/runs/worker/file-operations.ts';
import { createFileRoom, type FileRoom } from '../../../../src/lib/runs/worker/file-room.ts';
import { makeHome } from '../../../support/home.ts';
import { until } from '../../../support/until.ts';

/** Work that goes on until it is let go. */
function stage(max: { now: number }, room?: FileRoom) {
  const atWork = new Set<string>();
  const gates = new Map<string, () => void>();
  const waiting: string[][] = [];
  const operations = createFileOperations({
    max: () => max.now,
    onWaiting: (ids) => waiting.push([...ids]),
    ...(room ? { room } : {}),
  });
  const begin = (name: string) =>
    operations.run(async () => {
      atWork.add(name);
      await new Promise<void>((resolve) => gates.set(name, resolve));
      atWork.delete(name);
      return name;
    }, name);
  const end = (name: string) => gates.get(name)?.();
  const names = () => [...atWork].sort().join(' ');
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { begin, end, names, settle, waiting, operations };
}

describe('file operations', () => {
  it('happen so many at once, first come first served, and say who waits', async () => {
    const { begin, end, names, settle, waiting } = stage({ now: 2 });
    const all = ['a', 'b', 'c', 'd'].map(begin);
    await settle();
    expect(names()).toBe('a b');
    expect(waiting.at(-1)).toEqual(['c', 'd']);
    end('b');
    await settle();
    expect(names()).toBe('a c');
    expect(waiting.at(-1)).toEqual(['d']);
    end('a');
    end('c');
    await settle();
    expect(names()).toBe('d');
    expect(waiting.at(-1)).toEqual([]);
    end('d');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('follow the setting', async () => {
    const max = { now: 1 };
    const { begin, end, names, settle } = stage(max);
    const all = ['a', 'b'].map(begin);
    await settle();
    expect(names()).toBe('a');
    max.now = 3;
    all.push(begin('c'));
    await settle();
    expect(names()).toBe('a b c');
    for (const name of ['a', 'b', 'c']) end(name);
    await Promise.all(all);
  });

  it('give room again after one that failed', async () => {
    const { operations } = stage({ now: 1 });
    const failing = operations.run(async () => {
      throw new Error('no room');
    });
    const next = operations.run(async () => 'done', 'next');
    await expect(failing).rejects.toThrow('no room');
    expect(await next).toBe('done');
  });

  it('share their places with other processes, and say who waits for one of theirs', async () => {
    const home = makeHome();
    const max = { now: 2 };
    const roomOf = () => createFileRoom({ ...home, clock: systemClock, max: () => max.now });
    const other = roomOf();
    const taken = [await other.enter(), await other.enter()];
    expect(other.tryEnter()).toBe(null);
    const { begin, end, names, waiting } = stage(max, roomOf());
    const all = ['a', 'b'].map(begin);
    await until('both to wait', () => waiting.at(-1)?.length === 2);
    expect(names()).toBe('');
    taken[0]?.release();
    await until('one to begin', () => names() !== '');
    const first = names();
    expect(waiting.at(-1)).toEqual(['a', 'b'].filter((name) => name !== first));
    taken[1]?.release();
    await until('the other', () => names() === 'a b');
    expect(waiting.at(-1)).toEqual([]);
    for (const name of ['a', 'b']) end(name);
    await Promise.all(all);
    // Their places are free again.
    expect([other.tryEnter(), other.tryEnter(), other.tryEnter()].map((place) => place !== null)).toEqual([
      ...[true, true, false],
    ]);
  });
});
