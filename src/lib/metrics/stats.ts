/** Figures over ended runs: how many, how they came out, what they cost, how long they took. */

import { roundDollars } from '../format/amount.ts';
import type { HistoryLine } from '../tasks/history.ts';

const statsGroupings = ['day', 'user', 'agent', 'chat'] as const;
export type StatsGrouping = (typeof statsGroupings)[number];

export interface StatsGroup {
  /** A day (`2026-11-20`), a user or chat id (`local` for none), an agent's name; `total` for all. */
  key: string;
  runs: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** From 0 to 1: completed among completed and failed; null where there is neither. What a person cancelled says nothing. */
  success_rate: number | null;
  cost_usd: number;
  input_tokens: number;
  output_tokens: number;
  /** Of the runs whose duration is known; null where none is. */
  median_ms: number | null;
  p90_ms: number | null;
}

export interface Stats {
  total: StatsGroup;
  /** Days in order, everything else by the number of runs; empty without a grouping. */
  groups: StatsGroup[];
}

/** The value at or above the share (0 to 1) of the sorted values, by nearest rank; null where there are none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function summarize(key: string, lines: readonly HistoryLine[]): StatsGroup {
  const count = (outcome: string) => lines.filter((line) => line.outcome === outcome).length;
  const sum = (value: (line: HistoryLine) => number | null) =>
    lines.reduce((total, line) => total + (value(line) || 0), 0);
  const completed = count('completed');
  const failed = count('failed');
  const durations = lines.flatMap((line) => line.duration_ms ?? []);
  return {
    key,
    runs: lines.length,
    completed,
    failed,
    cancelled: count('cancelled'),
    success_rate: completed + failed > 0 ? completed / (completed + failed) : null,
    cost_usd: roundDollars(sum((line) => line.cost_usd)),
    input_tokens: sum((line) => line.input_tokens),
    output_tokens: sum((line) => line.output_tokens),
    median_ms: quantile(durations, 0.5),
    p90_ms: quantile(durations, 0.9),
  };
}

/** The figures of all lines and, where asked, by group. `dayOf` turns an ISO instant into a calendar day. */
export function computeStats(
  lines: readonly HistoryLine[],
  by: StatsGrouping | null,
  dayOf: (instant: string) => string,
): Stats {
  const keyOf: Record<StatsGrouping, (line: HistoryLine) => string> = {
    day: (line) => dayOf(line.ended_at),
    user: (line) => line.user_id ?? 'local',
    agent: (line) => line.agent,
    chat: (line) => line.telegram_group ?? 'local',
  };
  const groups = new Map<string, HistoryLine[]>();
  for (const line of by ? lines : []) {
    const key = keyOf[by as StatsGrouping](line);
    const group = groups.get(key);
    if (group) group.push(line);
    else groups.set(key, [line]);
  }
  const summaries = [...groups].map(([key, members]) => summarize(key, members));
  summaries.sort((a, b) => (by === 'day' ? 0 : b.runs - a.runs) || (a.key < b.key ? -1 : 1));
  return { total: summarize('total', lines), groups: summaries };
}
