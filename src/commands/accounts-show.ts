/** `ccdispatch accounts show`: all there is to say of one account, secrets masked. */

import type { App } from '../app.ts';
import type { Tally } from '../lib/accounts/counters.ts';
import { renderCost, renderTokens } from '../lib/format/amount.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { renderInstant } from '../lib/format/instant.ts';
import { accountJson, renderCredentials, renderFamily, type ShownAccount, successRate } from './accounts-shown.ts';
import { printJson, printTable } from './output.ts';

function renderTally(tally: Tally): string {
  const rate = successRate(tally);
  const parts = [
    `${tally.runs} runs`,
    rate === null ? '' : `${(rate * 100).toFixed(0)} % completed`,
    renderCost(tally.cost_usd),
    `${renderTokens(tally.input_tokens)} tokens in, ${renderTokens(tally.output_tokens)} out`,
    tally.times_limited === 0 ? '' : `limited ${tally.times_limited} × for ${renderDuration(tally.limited_ms)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function rowsOf(shown: ShownAccount): [string, string][] {
  const limits = shown.limits.map(({ model_family, window, until }): [string, string] => [
    'limit',
    `${window}, ${renderFamily(model_family)}, until ${renderInstant(until)}`,
  ]);
  const fault: [string, string][] = shown.credentials.fault === null ? [] : [['fault', shown.credentials.fault]];
  return [
    ['name', shown.name],
    ['agent', shown.agent],
    ['status', shown.status],
    ...limits,
    ...fault,
    ['credentials', renderCredentials(shown)],
    ['priority', String(shown.priority)],
    ['group', shown.group ?? '-'],
    ['model', shown.model ?? '-'],
    ['runs at once', shown.max_runs === null ? '-' : `${shown.max_runs} at most`],
    ['last used', shown.last_used_at === null ? '-' : renderInstant(shown.last_used_at)],
    ['today', renderTally(shown.today)],
    ['in all', renderTally(shown.total)],
  ];
}

export async function run(app: App, flags: { json?: boolean }, name: string): Promise<void> {
  const accounts = await app.openAccounts();
  const shown = accountJson(accounts, accounts.get(name));
  if (flags.json) return printJson(app, shown);
  await printTable(app, [{ title: 'FIELD' }, { title: 'VALUE', canShrink: true }], rowsOf(shown));
}
