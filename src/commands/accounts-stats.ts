/** `ccdispatch accounts stats`: what each account has done, today and in all, and how long limits kept it out. */

import type { App } from '../app.ts';
import type { Tally } from '../lib/accounts/counters.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import { renderDuration } from '../lib/format/duration.ts';
import type { Column } from '../lib/format/table.ts';
import { accountJson, successRate } from './accounts-shown.ts';
import { printJson, printTable } from './output.ts';

const titles = ['RUNS', 'COMPLETED', 'FAILED', 'SUCCESS', 'COST', 'TOKENS IN', 'OUT', 'LIMITED', 'FOR'];

function cells(tally: Tally): string[] {
  const rate = successRate(tally);
  return [
    String(tally.runs),
    String(tally.completed),
    String(tally.failed),
    rate === null ? '-' : `${(rate * 100).toFixed(0)} %`,
    renderCost(tally.cost_usd),
    renderTokens(tally.input_tokens),
    renderTokens(tally.output_tokens),
    String(tally.times_limited),
    tally.limited_ms === 0 ? '-' : renderDuration(tally.limited_ms),
  ];
}

export async function run(app: App, flags: { json?: boolean }): Promise<void> {
  const accounts = await app.openAccounts();
  const shown = accounts.list().map((account) => accountJson(accounts, account));
  if (flags.json) {
    const withRate = (tally: Tally) => ({ ...tally, success_rate: successRate(tally) });
    return printJson(
      app,
      shown.map(({ name, today, total, resets_at }) => ({
        name,
        today: withRate(today),
        total: withRate(total),
        resets_at,
      })),
    );
  }
  if (shown.length === 0) {
    app.terminal.say('There are no accounts. Add one with: ccdispatch accounts add <name> --api-key -\n');
    return;
  }
  const columns: Column[] = [
    { title: 'NAME' },
    { title: 'SPAN' },
    ...titles.map((title): Column => ({ title, align: 'right' })),
  ];
  const rows = shown.flatMap(({ name, today, total }) => [
    [name, 'today', ...cells(today)],
    [name, 'in all', ...cells(total)],
  ]);
  await printTable(app, columns, rows);
}
