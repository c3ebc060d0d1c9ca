// What runs spent together, and what is left of a budget for the next one.

import { describe, expect, it } from 'vitest';
import type { Task, TaskRun } from '../../../src/lib/tasks/record.ts';
import { budgetLeft } from '../../../src/lib/tasks/spent.ts';

const run = (n: number, outcome: TaskRun['outcome'], cost_usd: number | null): TaskRun =>
  ({ n, outcome, spent: { cost_usd, usage: null } }) as TaskRun;

const left = (max_budget_usd: number | null, runs: TaskRun[]) =>
  budgetLeft({ runs, options: { max_budget_usd } as Task['options'] });

describe('what is left of a budget', () => {
  it.each([
    ['all of it at first', 1, [], 1],
    ['nothing to keep to without one', null, [run(1, 'lost', 0.4)], null],
    ['less what a lost run spent', 1, [run(1, 'lost', 0.4)], 0.6],
    ['less what all spent that it goes on with', 1, [run(1, 'lost', 0.1), run(2, 'lost', 0.2)], 0.7],
    ['all of it where the last run had come to its end', 1, [run(1, 'lost', 0.4), run(2, 'failed', 0.3)], 1],
    ['all of it where nobody knows what was spent', 1, [run(1, 'lost', null)], 1],
    ['a cent where nothing is left', 1, [run(1, 'lost', 1.2)], 0.01],
  ] as const)('is %s', (_what, budget, runs, expected) => {
    expect(left(budget, [...runs])).toBe(expected);
  });
});
