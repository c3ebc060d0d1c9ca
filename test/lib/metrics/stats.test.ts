// The figures of `stats` as a table test: pure, over lines as they lie in the history.

import { describe, expect, it } from 'vitest';
import { computeStats, quantile } from '../../../src/lib/metrics/stats.ts';
import type { HistoryLine } from '../../../src/lib/tasks/history.ts';

function aLine(fields: Partial<HistoryLine> = {}): HistoryLine {
  return {
    task_id: 'task-1-1',
    run: 1,
    task_name: 'calc',
    telegram_group: '1',
    user_id: '7',
    agent_session_id: null,
    agent: 'claude',
    outcome: 'completed',
    reason: null,
    started_at: '2026-11-20T10:00:00.000Z',
    ended_at: '2026-11-20T10:00:02.000Z',
    duration_ms: 2000,
    cost_usd: 0.1,
    input_tokens: 100,
    output_tokens: 10,
    ...fields,
  };
}

const utcDay = (instant: string) => instant.slice(0, 10);

describe('computeStats', () => {
  it('counts outcomes, and leaves what people cancelled out of the success rate', () => {
    const outcomes = ['completed', 'completed', 'completed', 'failed', 'cancelled', 'paused'];
    const { total, groups } = computeStats(
      outcomes.map((outcome) => aLine({ outcome })),
      null,
      utcDay,
    );
    expect(total).toEqual({
      key: 'total',
      runs: 6,
      completed: 3,
      failed: 1,
      cancelled: 1,
      success_rate: 0.75,
      cost_usd: 0.6,
      input_tokens: 600,
      output_tokens: 60,
      median_ms: 2000,
      p90_ms: 2000,
    });
    expect(groups).toEqual([]);
  });

  it('says nothing where nothing is known', () => {
    const { total } = computeStats([aLine({ outcome: 'cancelled', duration_ms: null, cost_usd: null })], null, utcDay);
    expect(total).toMatchObject({ runs: 1, success_rate: null, cost_usd: 0, median_ms: null, p90_ms: null });
    expect(computeStats([], 'day', utcDay)).toMatchObject({ total: { runs: 0 }, groups: [] });
  });

  const lines = [
    aLine({ ended_at: '2026-11-20T23:59:00.000Z', user_id: null, telegram_group: null, agent: 'mine' }),
    aLine({ ended_at: '2026-11-19T01:00:00.000Z' }),
    aLine({ ended_at: '2026-11-20T01:00:00.000Z', user_id: '8', telegram_group: '-100' }),
    aLine({ ended_at: '2026-11-20T02:00:00.000Z', user_id: '8', telegram_group: '-100' }),
  ];

  it.each([
    ['day', ['2026-11-19 1', '2026-11-20 3']],
    ['user', ['8 2', '7 1', 'local 1']],
    ['agent', ['claude 3', 'mine 1']],
    ['chat', ['-100 2', '1 1', 'local 1']],
  ] as const)('groups by %s', (by, expected) => {
    const { groups, total } = computeStats(lines, by, utcDay);
    expect(groups.map(({ key, runs }) => `${key} ${runs}`)).toEqual(expected);
    expect(total.runs).toBe(4);
  });
});

describe('quantile', () => {
  it.each([
    [[], 0.5, null],
    [[5], 0.5, 5],
    [[5], 0.9, 5],
    [[3, 1, 2], 0.5, 2],
    [[4, 3, 2, 1], 0.5, 2],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9, 9],
    [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 1, 10],
  ])('of %j at %d is %j', (values, share, expected) => {
    expect(quantile(values, share)).toBe(expected);
  });
});
