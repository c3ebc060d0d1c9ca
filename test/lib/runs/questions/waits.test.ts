// The time that a run waited for people, by its questions: counted once, however many were open at once.

import { describe, expect, it } from 'vitest';
import { isWaiting, lastWaitEnd, type Wait, waitedMs, waitsOf } from '../../../../src/lib/runs/questions/waits.ts';
import type { Approval, ApprovalAnswer, Asked } from '../../../../src/lib/tasks/approvals.ts';

const waits = (...pairs: [number, number | null][]): Wait[] => pairs.map(([from, to]) => ({ from, to }));

describe('the time that was waited', () => {
  it.each([
    ['without a question', waits(), 0, 1000, 0],
    ['for one', waits([100, 300]), 0, 1000, 200],
    ['for one that is open', waits([100, null]), 0, 1000, 900],
    ['for some one after the other', waits([100, 200], [500, 600]), 0, 1000, 200],
    ['for some at once', waits([100, 300], [200, 400], [250, 260]), 0, 1000, 300],
    ['for one within another', waits([100, 900], [200, 300]), 0, 1000, 800],
    ['in any order', waits([500, 600], [100, 200]), 0, 1000, 200],
    ['since a moment in the middle', waits([100, 300], [350, 400]), 200, 1000, 150],
    ['before that', waits([100, 300]), 400, 1000, 0],
    ['by a clock that was set back', waits([100, 900]), 0, 500, 400],
  ])('%s', (_case, all, since, now, ms) => expect(waitedMs(all, since, now)).toBe(ms));

  it('ended with the last answer', () => {
    expect(lastWaitEnd(waits([100, 900], [200, 300], [950, null]))).toBe(900);
    expect(lastWaitEnd([])).toBe(0);
  });

  it('is that of this run alone', () => {
    const asked = (run: number, from: string, to: string | null): Asked => ({
      approval: { run, asked_at: from } as Approval,
      answer: to === null ? null : ({ at: to } as ApprovalAnswer),
    });
    const [first, second, third] = [1, 2, 3].map((second) => `2026-11-20T10:00:0${second}.000Z`) as [
      string,
      string,
      string,
    ];
    const all = [asked(1, first, null), asked(2, first, second), asked(2, third, null)];
    expect(waitsOf(all, 2)).toEqual([
      { from: Date.parse(first), to: Date.parse(second) },
      { from: Date.parse(third), to: null },
    ]);
    expect([1, 2, 3].map((run) => isWaiting(waitsOf(all, run)))).toEqual([true, true, false]);
  });
});
