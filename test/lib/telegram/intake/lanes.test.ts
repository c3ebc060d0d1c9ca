/** Lanes: order within a chat, no waiting between chats, a free road for control, and errors that stay where they are. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { createLanes, type LaneRules, laneOf, type Road } from '../../../../src/lib/telegram/intake/lanes.ts';
import { jumpingClock, messageOf, notingLog } from './updates.ts';

const rules: LaneRules = { atOnce: { work: 2, control: 2, aside: 1 }, mostWaiting: 3, retryMs: [10, 20] };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lanes with jobs that run until they are released. */
function openLanes(changes: Partial<LaneRules> = {}) {
  const clock = jumpingClock();
  const log = notingLog();
  const lanes = createLanes({ clock, log, rules: { ...rules, ...changes } });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    lanes,
    clock,
    log,
    begun,
    add: (name: string, key: string, road: Road = 'work') =>
      lanes.add(road, key, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      }),
    async end(name: string) {
      ends.get(name)?.();
      await turn();
    },
  };
}

describe('jobs', () => {
  it('of one key go one after the other, those of others beside them, as many as may', async () => {
    const { add, end, begun, lanes } = openLanes();
    for (const [name, key] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
      ['c1', 'c'],
      ['b2', 'b'],
    ] as const)
      add(name, key);
    expect(begun).toEqual(['a1', 'b1']);
    await end('b1');
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    await end('c1');
    expect(begun).toEqual(['a1', 'b1', 'c1', 'b2']);
    await end('a1');
    expect(begun).toEqual(['a1', 'b1', 'c1', 'b2', 'a2']);
    const idle = lanes.idle();
    await Promise.all([end('a2'), end('b2')]);
    await idle;
  });

  it('of control begin at once while all work hangs', () => {
    const { add, begun } = openLanes();
    for (const key of ['a', 'b', 'c']) add(`work ${key}`, key);
    add('aside', 'x', 'aside');
    add('cancel', 'a', 'control');
    expect(begun).toEqual(['work a', 'work b', 'aside', 'cancel']);
  });

  it('that fail are tried again, then left, and touch nobody else', async () => {
    const { lanes, add, log, clock, begun } = openLanes();
    let tries = 0;
    lanes.add('work', 'a', async () => {
      tries++;
      throw new Error('a bug');
    });
    add('next', 'a');
    while (begun.length === 0) await turn();
    expect([tries, clock.slept]).toEqual([3, [10, 20]]);
    expect(log.lines).toEqual([
      'warn An update could not be handled; trying again.',
      'warn An update could not be handled; trying again.',
      'error An update could not be handled; it is tried again at the next start.',
    ]);
  });

  it('that throw before they give a promise are no different', async () => {
    const { lanes, log } = openLanes({ retryMs: [] });
    lanes.add('work', 'a', () => {
      throw new Error('a bug');
    });
    await lanes.idle();
    expect(log.lines).toHaveLength(1);
  });

  it('that meet a full disk are tried until it is not', async () => {
    const { lanes, clock } = openLanes();
    let tries = 0;
    lanes.add('work', 'a', async () => {
      if (++tries < 8) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    });
    await lanes.idle();
    expect(clock.slept).toEqual([10, 20, 20, 20, 20, 20, 20]);
  });
});

it('there is room again when enough has begun', async () => {
  const { lanes, add, end } = openLanes();
  await lanes.room();
  for (const name of ['1', '2', '3', '4']) add(name, 'a');
  let hasRoom = false;
  void lanes.room().then(() => {
    hasRoom = true;
  });
  await turn();
  expect(hasRoom).toBe(false);
  await end('1');
  expect(hasRoom).toBe(true);
});

describe('closing', () => {
  it('starts nothing more, waits for what runs, and makes room for whoever waits for it', async () => {
    const { lanes, add, end, begun } = openLanes();
    for (const name of ['1', '2', '3', '4', '5']) add(name, 'a');
    const room = lanes.room();
    let isClosed = false;
    const closing = lanes.close().then(() => {
      isClosed = true;
    });
    await room;
    add('6', 'b');
    await turn();
    expect(isClosed).toBe(false);
    await end('1');
    await closing;
    expect(begun).toEqual(['1']);
    await lanes.close();
  });

  it('ends the pause before another try', async () => {
    const lanes = createLanes({ clock: systemClock, log: notingLog(), rules: { ...rules, retryMs: [3_600_000] } });
    let tries = 0;
    lanes.add('work', 'a', async () => {
      tries++;
      throw new Error('a bug');
    });
    await turn();
    await lanes.close();
    expect(tries).toBe(1);
  });
});

it('a lane is a chat and topic; for control each person has one of his own there', () => {
  const inTopic = messageOf(1, { threadId: 7, chat: { id: '-1001', kind: 'group', title: null } });
  const other = { ...inTopic, from: { ...inTopic.from, id: '43' } };
  expect(laneOf(inTopic, 'work')).toBe(laneOf(other, 'work'));
  expect(laneOf(inTopic, 'work')).not.toBe(laneOf({ ...inTopic, threadId: null }, 'work'));
  expect(laneOf(inTopic, 'control')).not.toBe(laneOf(other, 'control'));
  const moved = { kind: 'migration', updateId: 1, fromChatId: '-7', toChatId: '-1001' } as const;
  expect(laneOf(moved, 'work')).toBe(laneOf({ ...inTopic, threadId: null }, 'work'));
});

it('whatever is added in whatever order: all runs once, in the order of its key, never too much at once', async () => {
  const jobs = fc.array(
    fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), turns: fc.nat(3), fails: fc.boolean() }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(jobs, fc.integer({ min: 1, max: 3 }), async (plan, atOnce) => {
      const { lanes } = openLanes({ atOnce: { work: atOnce, control: 1, aside: 1 }, retryMs: [], mostWaiting: 1000 });
      const ran: number[] = [];
      let running = 0;
      let most = 0;
      plan.forEach(({ key, turns, fails }, index) => {
        lanes.add('work', key, async () => {
          most = Math.max(most, ++running);
          for (let n = 0; n < turns; n++) await turn();
          ran.push(index);
          running--;
          if (fails) throw new Error('a bug');
        });
      });
      await lanes.idle();
      expect([...ran].sort((a, b) => a - b)).toEqual(plan.map((_, index) => index));
      expect(most).toBeLessThanOrEqual(atOnce);
      for (const key of ['a', 'b', 'c', 'd']) {
        const order = ran.filter((index) => plan[index]?.key === key);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
    }),
    { numRuns: 60 },
  );
});
