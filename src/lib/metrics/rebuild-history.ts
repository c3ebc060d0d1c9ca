/** Makes the history files anew from the task folders; lines of tasks that are gone are kept. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { type History, type HistoryLine, historyLine } from '../tasks/history.ts';
import { isPassedOn } from '../tasks/passed-on.ts';
import type { Task } from '../tasks/record.ts';
import { spentInTurn } from '../tasks/spent.ts';
import type { TaskStore } from '../tasks/store.ts';

export interface RebuildParts {
  files: Files;
  paths: Pick<Paths, 'history'>;
  tasks: Pick<TaskStore, 'chats' | 'ids' | 'load'>;
  history: Pick<History, 'since' | 'add'>;
}

export interface RebuildReport {
  tasks: number;
  /** Lines in the files now. */
  lines: number;
  /** Lines that were not there before. */
  added: number;
  /** Tasks whose record could not be read, with the reason. */
  broken: { task_id: string; reason: string }[];
}

const idOf = (line: Pick<HistoryLine, 'task_id' | 'run'>) => `${line.task_id}.${line.run}`;

/** The lines of a task's runs before its latest: when and how they ended, and what they spent, is all that the record still knows of them. */
function earlierLines(task: Task): HistoryLine[] {
  const latest = historyLine(task)?.run;
  return task.runs
    .filter((run) => run.n !== latest && run.outcome !== null && !isPassedOn(run))
    .map((run) => {
      const { cost_usd, usage } = spentInTurn(task.runs, run.n);
      return {
        task_id: task.task_id,
        run: run.n,
        task_name: task.task_name,
        telegram_group: task.telegram_group,
        user_id: task.user_id,
        agent_session_id: task.agent_session_id,
        agent: task.agent,
        outcome: run.outcome as string,
        reason: null,
        started_at: run.started_at,
        ended_at: run.ended_at ?? run.started_at,
        duration_ms: null,
        cost_usd,
        input_tokens: usage?.input_tokens ?? 0,
        output_tokens: usage?.output_tokens ?? 0,
      };
    });
}

/**
 * All lines, oldest first. What the history says of an earlier run is kept, since the record knows less; of a latest run
 * the record decides. Lines without a real instant cannot be filed and are dropped.
 */
function planHistory(present: readonly HistoryLine[], tasks: readonly Task[]): HistoryLine[] {
  const byRun = new Map<string, HistoryLine>();
  for (const line of tasks.flatMap(earlierLines)) byRun.set(idOf(line), line);
  for (const line of present) byRun.set(idOf(line), line);
  for (const line of tasks.flatMap((task) => historyLine(task) ?? [])) byRun.set(idOf(line), line);
  return [...byRun.values()]
    .filter((line) => /^\d{4}-\d\d-\d\dT/.test(line.ended_at))
    .sort((a, b) => (a.ended_at < b.ended_at ? -1 : a.ended_at > b.ended_at ? 1 : 0));
}

/** The files' texts by month (`2026-11`). */
function renderMonths(lines: readonly HistoryLine[]): Map<string, string> {
  const months = new Map<string, string[]>();
  for (const line of lines) {
    const month = line.ended_at.slice(0, 7);
    const text = `${JSON.stringify(line)}\n`;
    const texts = months.get(month);
    if (texts) texts.push(text);
    else months.set(month, [text]);
  }
  return new Map([...months].map(([month, texts]) => [month, texts.join('')]));
}

function loadAll(tasks: RebuildParts['tasks']): { tasks: Task[]; broken: RebuildReport['broken'] } {
  const found: Task[] = [];
  const broken: RebuildReport['broken'] = [];
  for (const id of tasks.chats().flatMap((chat) => tasks.ids(chat))) {
    try {
      found.push(tasks.load(id));
    } catch (error) {
      broken.push({ task_id: id, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { tasks: found, broken };
}

/** Rebuilds every month's file, each replaced in one step. Safe beside a running worker. */
export async function rebuildHistory({ files, paths, tasks, history }: RebuildParts): Promise<RebuildReport> {
  const present = history.since('');
  const before = loadAll(tasks);
  const lines = planHistory(present, before.tasks);
  for (const [month, text] of renderMonths(lines)) {
    const path = join(paths.history, `${month}.jsonl`);
    if (files.read(path) !== text) await files.replace(path, text);
  }
  // A worker may have appended to a file between our reading and replacing it. It had ended the task in its record before.
  const filed = new Set(history.since('').map(idOf));
  for (const task of loadAll(tasks).tasks) {
    const line = historyLine(task);
    if (line && !filed.has(idOf(line))) await history.add(task);
  }
  const known = new Set(present.map(idOf));
  const after = history.since('');
  return {
    tasks: before.tasks.length,
    lines: after.length,
    added: after.filter((line) => !known.has(idOf(line))).length,
    broken: before.broken,
  };
}
