// The tokens of the last minute.

import { describe, expect, it } from 'vitest';
import { createTokenRate, tokensOf } from '../../../../src/lib/runs/worker/token-rate.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

describe('the tokens of the last minute', () => {
  it('are those of the last sixty seconds', async () => {
    const clock = createManualClock();
    const rate = createTokenRate(clock);
    expect(rate.inLastMinute()).toBe(0);
    rate.add(100);
    await clock.pass(30_000);
    rate.add(20);
    rate.add(3);
    rate.add(0);
    expect(rate.inLastMinute()).toBe(123);
    await clock.pass(29_999);
    expect(rate.inLastMinute()).toBe(123);
    await clock.pass(1);
    expect(rate.inLastMinute()).toBe(23);
    await clock.pass(30_000);
    expect(rate.inLastMinute()).toBe(0);
  });

  it('count what was read anew and written, not what came from a cache', () => {
    expect(
      tokensOf([
        { type: 'usage', input: 1, output: 10, cacheRead: 1000, cacheWrite: 100 },
        { type: 'text', text: 'a' },
        { type: 'usage', input: 0, output: 5, cacheRead: 0, cacheWrite: 0 },
      ]),
    ).toBe(116);
  });
});
