/** `ccdispatch history`: the runs that have ended, newest first. */

import type { App } from '../app.ts';
import { renderCost, renderCount, renderTokens } from '../lib/format/amount.ts';
import { renderDuration } from '../lib/format/duration.ts';
import { renderInstant } from '../lib/format/instant.ts';
import type { Cell, Column } from '../lib/format/table.ts';
import { localChat } from '../lib/format/task-id.ts';
import type { HistoryLine } from '../lib/tasks/history.ts';
import { chatFlag, countFlag, durationFlag } from './flags.ts';
import { type Colours, coloursOf, printJson, printTable } from './output.ts';

export interface HistoryFlags {
  limit?: string;
  chat?: string;
  user?: string;
  since?: string;
  failed?: boolean;
  rebuild?: boolean;
  json?: boolean;
}

const columns: Column[] = [
  { title: 'ENDED' },
  { title: 'TASK' },
  { title: 'RUN', align: 'right' },
  { title: 'NAME', canShrink: true },
  { title: 'OUTCOME' },
  { title: 'TIME', align: 'right' },
  { title: 'COST', align: 'right' },
  { title: 'TOKENS', align: 'right' },
];

function row(line: HistoryLine, colours: Colours): Cell[] {
  const paint = { completed: colours.good, failed: colours.bad }[line.outcome] ?? colours.doubtful;
  const tokens = line.input_tokens + line.output_tokens;
  return [
    renderInstant(line.ended_at),
    line.task_id,
    String(line.run),
    line.task_name,
    { text: line.reason ? `${line.outcome} (${line.reason})` : line.outcome, paint },
    line.duration_ms === null ? '-' : renderDuration(line.duration_ms),
    line.cost_usd === null ? '-' : renderCost(line.cost_usd),
    tokens > 0 ? renderTokens(tokens) : '-',
  ];
}

/** What the flags ask for; null where they ask for everything. */
function filterOf(flags: HistoryFlags, now: number): ((line: HistoryLine) => boolean) | null {
  const checks: ((line: HistoryLine) => boolean)[] = [];
  if (flags.chat !== undefined) {
    const chat = chatFlag('--chat', flags.chat);
    checks.push((line) => (line.telegram_group ?? localChat) === chat);
  }
  if (flags.user !== undefined) {
    const user = flags.user;
    checks.push((line) => (line.user_id ?? localChat) === user);
  }
  if (flags.since !== undefined) {
    const instant = new Date(now - durationFlag('--since', flags.since)).toISOString();
    checks.push((line) => line.ended_at >= instant);
  }
  if (flags.failed) checks.push((line) => line.outcome === 'failed');
  return checks.length > 0 ? (line) => checks.every((check) => check(line)) : null;
}

async function rebuild(app: App, flags: HistoryFlags): Promise<void> {
  const { rebuildHistory } = await import('../lib/metrics/rebuild-history.ts');
  const report = await rebuildHistory({ ...app, tasks: await app.openTasks() });
  for (const { task_id, reason } of report.broken) app.terminal.say(app.redact(`Left out ${task_id}: ${reason}\n`));
  if (flags.json) return printJson(app, report);
  const lines = renderCount(report.lines, 'run');
  app.terminal.print(`${lines} in the history (${report.added} new), from ${renderCount(report.tasks, 'task')}.\n`);
}

export async function run(app: App, flags: HistoryFlags): Promise<void> {
  if (flags.rebuild) return await rebuild(app, flags);
  const limit = countFlag('--limit', flags.limit ?? '20');
  const filter = filterOf(flags, app.clock.now());
  const lines = app.history.latest(limit, filter ?? undefined);
  if (flags.json) return printJson(app, lines);
  if (lines.length === 0) {
    app.terminal.say(filter ? 'No ended run matches.\n' : 'No run has ended yet.\n');
    return;
  }
  const colours = await coloursOf(app);
  await printTable(
    app,
    columns,
    lines.map((line) => row(line, colours)),
  );
}
