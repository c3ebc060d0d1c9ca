/** What the runs of a task spent, each by itself, and those together that were one turn of it; pure. */

import { isPassedOn } from './passed-on.ts';
import type { RunSpent, Task, TaskRun } from './record.ts';

export const nothingSpent: RunSpent = { cost_usd: null, usage: null };

/** Null stays null only where nothing is known of either. Money is summed in millionths, or sums of floats would show their tails. */
function add(a: RunSpent, b: RunSpent): RunSpent {
  const cost = a.cost_usd === null ? b.cost_usd : b.cost_usd === null ? a.cost_usd : a.cost_usd + b.cost_usd;
  return {
    cost_usd: cost === null ? null : Math.round(cost * 1e6) / 1e6,
    usage:
      a.usage && b.usage
        ? {
            input_tokens: a.usage.input_tokens + b.usage.input_tokens,
            output_tokens: a.usage.output_tokens + b.usage.output_tokens,
          }
        : (a.usage ?? b.usage),
  };
}

/**
 * What the run spent, and those that it went on with: runs that were lost or handed over are no ends of the task's, so what
 * they spent is told, and put into the history, with the next end. For a record in which the run has ended.
 */
export function spentInTurn(runs: readonly Pick<TaskRun, 'n' | 'outcome' | 'spent'>[], n: number): RunSpent {
  const upTo = runs.filter((run) => run.n <= n);
  const before = upTo.slice(0, -1).findLastIndex((run) => !isPassedOn(run));
  return upTo.slice(before + 1).reduce((sum, { spent }) => add(sum, spent ?? nothingSpent), nothingSpent);
}

/** An agent takes no budget of nothing. */
const leastBudgetUsd = 0.01;

/**
 * What the task's next run may cost, in dollars: its budget, less what runs spent that it goes on with. The agent itself counts
 * what its own process spends (measured). Null without a budget.
 */
export function budgetLeft({ runs, options }: Pick<Task, 'runs' | 'options'>): number | null {
  const budget = options.max_budget_usd;
  const last = runs.at(-1);
  if (budget === null || !last || !isPassedOn(last)) return budget;
  const left = budget - (spentInTurn(runs, last.n).cost_usd ?? 0);
  return Math.max(leastBudgetUsd, Math.round(left * 1e6) / 1e6);
}
