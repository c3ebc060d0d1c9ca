/** How often a chat may be spoken to. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  type ChatAccount,
  createBudget,
  telegramRules,
  type Urgency,
} from '../../../src/lib/outbox/budget.ts';

const start = 1_763_600_000_000;
const person = '123';
const group = '-1001';

/** When each of `count` requests goes, each as soon as it may. */
function instants(chatId: string, urgency: Urgency, count: number, budget = createBudget(telegramRules)): number[] {
  let now = start;
  return Array.from({ length: count }, () => {
    now = budget.allowedAt(chatId, urgency, now);
    budget.spend(chatId, urgency, now);
    return now - start;
  });
}

describe('what must arrive', () => {
  it('goes to a person once a second, in bursts of three', () => {
    expect(instants(person, 'must', 7)).toEqual([0, 0, 0, 3000, 3000, 3000, 6000]);
  });

  it('goes to a group eighteen times a minute: twenty are allowed', () => {
    const at = instants(group, 'must', 37);
    expect([at[17], at[18], at[36]]).toEqual([0, 60_000, 120_000]);
  });

  it.each([
    [person, 3],
    [group, 2],
  ])('leaves room for questions in %s, which take it from what comes after them', (chat, more) => {
    const budget = createBudget(telegramRules);
    const musts = instants(chat, 'must', chat === group ? 18 : 3, budget);
    expect(musts.at(-1)).toBe(0);
    expect(budget.allowedAt(chat, 'must', start)).toBeGreaterThan(start);
    for (let count = 1; count <= more; count++) {
      expect(budget.allowedAt(chat, 'question', start)).toBe(start);
      budget.spend(chat, 'question', start + 1000);
    }
    expect(budget.allowedAt(chat, 'question', start + 1000)).toBeGreaterThan(start + 1000);
    const windowMs = chat === group ? 60_000 : 3000;
    expect(budget.allowedAt(chat, 'must', start + 1000)).toBeGreaterThanOrEqual(start + windowMs);
  });

  it('goes to all chats together thirty times a second', () => {
    const budget = createBudget(telegramRules);
    for (let request = 1; request <= 30; request++) budget.overall.spend(start);
    expect(budget.overall.allowedAt(start)).toBe(start + 1000);
    budget.overall.giveBack();
    expect(budget.overall.allowedAt(start)).toBe(start);
  });
});

it('slows down in all chats where a 429 comes while all of them are busy, and only then', () => {
  const budget = createBudget(telegramRules);
  const left = (now: number) => {
    for (let count = 0; ; count++) {
      if (budget.overall.allowedAt(now) > now) return count;
      budget.overall.spend(now);
    }
  };
  budget.slowDown(person, start);
  expect(left(start)).toBe(30);
  budget.slowDown(person, start);
  expect(left(start + 2000)).toBe(15);
  expect(left(start + 4000 + telegramRules.forgiveMs)).toBe(30);
});

describe('progress', () => {
  it('keeps its gap', () => {
    expect(instants(person, 'progress', 3)).toEqual([0, 3000, 6000]);
    expect(instants(group, 'progress', 3)).toEqual([0, 10_000, 20_000]);
  });

  it('leaves half of a chat’s budget to what must arrive', () => {
    const rules = { ...telegramRules, progressGapMs: { private: 1, group: 1 } };
    const budget = createBudget(rules);
    const at = instants(group, 'progress', 11, budget);
    expect(at[8]).toBeLessThan(20);
    expect(at[9]).toBe(60_000);
    expect(budget.allowedAt(group, 'must', start + 100)).toBe(start + 100);
  });

  it('slows down after each 429, and recovers', () => {
    const budget = createBudget(telegramRules);
    const gap = (now: number) => {
      budget.spend(person, 'progress', now);
      return budget.allowedAt(person, 'progress', now) - now;
    };
    budget.slowDown(person, start);
    expect(gap(start)).toBe(6000);
    for (let n = 0; n < 5; n++) budget.slowDown(person, start);
    expect(gap(start)).toBe(24_000);
    expect(gap(start + 300_000)).toBe(12_000);
    expect(gap(start + 3_600_000)).toBe(3000);
    expect(budget.allowedAt('other', 'progress', start)).toBe(start);
  });
});

it('never allows more than the rates, whatever is asked', () => {
  const asks = fc.array(
    fc.tuple(fc.constantFrom(person, group, '-7'), fc.constantFrom('must', 'progress', 'question'), fc.nat(4000)),
    {
      maxLength: 200,
    },
  );
  fc.assert(
    fc.property(asks, (plan) => {
      const budget = createBudget(telegramRules);
      const went: { chatId: string; at: number }[] = [];
      let now = start;
      for (const [chatId, urgency, pauseMs] of plan) {
        now += pauseMs;
        if (budget.allowedAt(chatId, urgency as 'must', now) > now) continue;
        budget.spend(chatId, urgency as 'must', now);
        went.push({ chatId, at: now });
      }
      for (const { chatId, at } of went) {
        const within = (ms: number) =>
          went.filter((other) => other.chatId === chatId && other.at <= at && other.at > at - ms);
        if (chatId === person) expect(within(3000).length).toBeLessThanOrEqual(6);
        else expect(within(60_000).length).toBeLessThanOrEqual(20);
      }
    }),
  );
});

it('forgets chats of which nothing counts any more, and no other', () => {
  const chats = new Map<string, ChatAccount>();
  const budget = createBudget(telegramRules, chats);
  const spendIn = (count: number, now: number) => {
    for (let n = 1; n <= count; n++) budget.spend(`${n}`, 'must', now);
  };
  budget.slowDown(group, start);
  budget.allowedAt('asked about alone', 'must', start);
  spendIn(1000, start);
  expect(chats.size).toBe(1001);
  const later = start + 100_000;
  budget.spend('-1', 'progress', later);
  spendIn(3000, later + 5000);
  budget.spend('5000', 'must', later + 9000);
  expect([...chats.keys()].filter((chatId) => chatId.startsWith('-'))).toEqual([group, '-1']);
  expect(budget.allowedAt('-1', 'progress', later + 9000)).toBe(later + 10_000);
  spendIn(8000, later + telegramRules.forgiveMs);
  expect(chats.has(group)).toBe(false);
  expect([budget.allowedAt('1', 'must', later + telegramRules.forgiveMs), chats.has('1')]).toEqual([
    later + telegramRules.forgiveMs,
    true,
  ]);
});

it('is not silenced by a clock that was set back', () => {
  const budget = createBudget(telegramRules);
  for (let n = 0; n < 20; n++) budget.spend(group, 'progress', start + 3_600_000);
  expect(budget.allowedAt(group, 'progress', start)).toBe(start);
});

it('backs off longer each time, up to a limit, never the same for all', () => {
  const rules = { firstMs: 1000, mostMs: 60_000 };
  expect([1, 2, 3, 7, 100].map((tries) => backoffMs(tries, rules, () => 0.999999))).toEqual([
    1000, 2000, 4000, 60_000, 60_000,
  ]);
  expect(backoffMs(3, rules, () => 0)).toBe(2000);
});
