/** What a task that does not run any more means for its owner's quotas: something spent, or something to give back. */

import { parseUsageKey, type Spent } from './usage-days.ts';

interface SettledRun {
  n: number;
  pid: number;
  pid_started: string;
  started_at: string;
  ended_at: string | null;
  outcome: string | null;
  input_uuid: string | null;
}

/** A task's record, as far as quotas care. */
export interface SettledTask {
  task_id: string;
  user_id: string | null;
  status: string;
  completed_at: string | null;
  runs: readonly SettledRun[];
  /** Of the latest run. */
  cost_usd: number | null;
  usage: { input_tokens: number; output_tokens: number } | null;
}

export type Settlement =
  | {
      kind: 'spent';
      /** `<taskId>.<run>` */
      key: string;
      spent: Spent;
      /** When it was spent, and when the run began, in milliseconds since 1970. */
      at: number;
      since: number;
    }
  | {
      kind: 'give-back';
      /** Which of the reserved keys was taken for what never started; null where none was, or something did start. */
      covering(keys: readonly string[]): string | null;
      at: number;
      since: number;
    };

/** A run that only stands for an ending: it was cancelled before it began, or could not be started. */
function neverStarted(run: SettledRun): boolean {
  const isEmpty = run.pid === 0 && run.pid_started === '' && run.input_uuid === null;
  return isEmpty && run.ended_at === run.started_at && (run.outcome === 'cancelled' || run.outcome === 'failed');
}

/** A reservation covers a run and those that followed it by themselves, up to the next reservation. */
function coveringKey(task: SettledTask, latest: SettledRun, keys: readonly string[]): string | null {
  let best: { key: string; run: number } | null = null;
  for (const key of keys) {
    const parts = parseUsageKey(key);
    if (parts?.taskId !== task.task_id || parts.run > latest.n) continue;
    if (best === null || parts.run > best.run) best = { key, run: parts.run };
  }
  if (best === null) return null;
  const { key, run } = best;
  return task.runs.every((one) => one.n < run || neverStarted(one)) ? key : null;
}

/** What is to be done for the task's latest run; null for a task that waits or runs, or spent nothing. Pure. */
export function settlementOf(task: SettledTask): Settlement | null {
  const latest = task.runs.at(-1);
  if (!latest || task.user_id === null || task.status === 'pending' || task.status === 'running') return null;
  const at = Date.parse(task.completed_at ?? latest.ended_at ?? latest.started_at);
  if (neverStarted(latest)) {
    const ts = parseUsageKey(task.task_id)?.ts ?? at;
    return { kind: 'give-back', covering: (keys) => coveringKey(task, latest, keys), at, since: ts };
  }
  const spent = {
    cost_usd: Math.max(0, task.cost_usd ?? 0),
    tokens: Math.max(0, (task.usage?.input_tokens ?? 0) + (task.usage?.output_tokens ?? 0)),
  };
  if (spent.cost_usd === 0 && spent.tokens === 0) return null;
  const key = `${task.task_id}.${latest.n}`;
  return { kind: 'spent', key, spent, at, since: Date.parse(latest.started_at) };
}
