/** `ccdispatch stats`: how many runs ended how, what they cost and how long they took. */

import type { App } from '../app.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { renderDay } from '../lib/format/instant.ts';
import type { Column } from '../lib/format/table.ts';
import { computeStats, type StatsGroup, type StatsGrouping } from '../lib/metrics/stats.ts';
import { durationFlag } from './flags.ts';
import { printJson, printTable } from './output.ts';

export interface StatsFlags {
  since?: string;
  by?: StatsGrouping;
  json?: boolean;
}

const titles = [
  'RUNS',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'SUCCESS',
  'COST',
  'TOKENS IN',
  'OUT',
  'MEDIAN',
  '90 % BELOW',
];

function row(group: StatsGroup): string[] {
  const time = (ms: number | null) => (ms === null ? '-' : renderDuration(ms));
  return [
    group.key,
    String(group.runs),
    String(group.completed),
    String(group.failed),
    String(group.cancelled),
    group.success_rate === null ? '-' : `${(group.success_rate * 100).toFixed(0)} %`,
    renderCost(group.cost_usd),
    renderTokens(group.input_tokens),
    renderTokens(group.output_tokens),
    time(group.median_ms),
    time(group.p90_ms),
  ];
}

export async function run(app: App, flags: StatsFlags): Promise<void> {
  const sinceMs = durationFlag('--since', flags.since ?? '30d');
  const since = new Date(app.clock.now() - sinceMs).toISOString();
  const by = flags.by ?? null;
  const stats = computeStats(app.history.since(since), by, renderDay);
  if (flags.json) return printJson(app, { since, by, ...stats });
  if (stats.total.runs === 0) {
    app.terminal.say(`No run has ended within ${renderDuration(sinceMs)}.\n`);
    return;
  }
  const columns: Column[] = [
    { title: by?.toUpperCase() ?? '', canShrink: true },
    ...titles.map((title): Column => ({ title, align: 'right' })),
  ];
  await printTable(app, columns, [...stats.groups, stats.total].map(row));
}
