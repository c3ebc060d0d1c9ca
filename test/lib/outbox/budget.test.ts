/** How often a chat may be spoken to. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, createBudget, telegramRules } from '../../../src/lib/outbox/budget.ts';

const start = 1_763_600_000_000;
const person = '123';
const group = '-1001';

/** When each of `count` requests goes, each as soon as it may. */
function instants(
  chatId: string,
  urgency: 'must' | 'progress',
  count: number,
  budget = createBudget(telegramRules),
): number[] {
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

  it('goes to a group twenty times a minute', () => {
    const at = instants(group, 'must', 41);
    expect([at[19], at[20], at[40]]).toEqual([0, 60_000, 120_000]);
  });

  it('goes to all chats together thirty times a second', () => {
    const budget = createBudget(telegramRules);
    for (let chat = 1; chat <= 30; chat++) budget.spend(String(chat), 'must', start);
    expect(budget.allowedAt('31', 'must', start)).toBe(start + 1000);
  });
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
    expect(at[9]).toBeLessThan(20);
    expect(at[10]).toBe(60_000);
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
    fc.tuple(fc.constantFrom(person, group, '-7'), fc.constantFrom('must', 'progress'), fc.nat(4000)),
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
        if (chatId === person) expect(within(3000).length).toBeLessThanOrEqual(3);
        else expect(within(60_000).length).toBeLessThanOrEqual(20);
      }
    }),
  );
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
