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
  /** Absent or null where the record does not say it of each run. */
  spent?: RunSpent | null;
}

interface RunSpent {
  cost_usd: number | null;
  usage: { input_tokens: number; output_tokens: number } | null;
}

/** A task's record, as far as quotas care. */
export interface SettledTask {
  task_id: string;
  user_id: string | null;
  status: string;
  completed_at: string | null;
  runs: readonly SettledRun[];
  /** Of the latest run, where that does not say it itself. */
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

const emptyOutcomes: readonly (string | null)[] = ['cancelled', 'failed', 'paused'];

/** A run that only stands for an ending: it was cancelled or paused before it began, or could not be started. */
function neverStarted(run: SettledRun): boolean {
  const isEmpty = run.pid === 0 && run.pid_started === '' && run.input_uuid === null;
  return isEmpty && run.ended_at === run.started_at && emptyOutcomes.includes(run.outcome);
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

/** What the run spent, by a key of its own; null for nothing. */
function spentBy(taskId: string, run: SettledRun, { cost_usd, usage }: RunSpent, at: number): Settlement | null {
  const spent = {
    cost_usd: Math.max(0, cost_usd ?? 0),
    tokens: Math.max(0, (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0)),
  };
  if (spent.cost_usd === 0 && spent.tokens === 0) return null;
  return { kind: 'spent', key: `${taskId}.${run.n}`, spent, at, since: Date.parse(run.started_at) };
}

/**
 * What the runs spent that were lost or handed over since the task's end was told last: nobody tells theirs. Each has a key
 * of its own, so that it counts on its own day, and once.
 */
function passedOnBefore(task: SettledTask): Settlement[] {
  const isPassedOn = ({ outcome }: SettledRun) => outcome === 'lost' || outcome === 'handed-over';
  const last = task.runs.at(-1);
  const earlier = last && !isPassedOn(last) ? task.runs.slice(0, -1) : task.runs;
  return earlier
    .slice(earlier.findLastIndex((run) => !isPassedOn(run)) + 1)
    .flatMap(
      (run) => spentBy(task.task_id, run, run.spent ?? nothing, Date.parse(run.ended_at ?? run.started_at)) ?? [],
    );
}

const nothing: RunSpent = { cost_usd: null, usage: null };

/** What is to be done for the task's latest run and for those that it went on with. Pure. */
export function settlementsOf(task: SettledTask): Settlement[] {
  return task.user_id === null ? [] : [...passedOnBefore(task), ...latestSettlement(task)];
}

/** None for a task that waits or runs, or spent nothing. */
function latestSettlement(task: SettledTask): Settlement[] {
  const latest = task.runs.at(-1);
  if (!latest || task.status === 'pending' || task.status === 'running') return [];
  const at = Date.parse(task.completed_at ?? latest.ended_at ?? latest.started_at);
  if (neverStarted(latest)) {
    // It is still to come.
    if (task.status === 'paused') return [];
    const ts = parseUsageKey(task.task_id)?.ts ?? at;
    return [{ kind: 'give-back', covering: (keys) => coveringKey(task, latest, keys), at, since: ts }];
  }
  const settlement = spentBy(task.task_id, latest, latest.spent ?? task, at);
  return settlement ? [settlement] : [];
}
