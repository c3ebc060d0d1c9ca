/** One line per ended run: the index behind `history` and `stats`, which can be rebuilt from the task folders. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { appendLine, linesFromEnd } from '../format/json-lines.ts';
import type { Task } from './record.ts';

export interface HistoryLine {
  task_id: string;
  run: number;
  task_name: string;
  telegram_group: string | null;
  user_id: string | null;
  agent: string;
  agent_session_id: string | null;
  outcome: string;
  reason: string | null;
  started_at: string;
  /** When it came out; the line lies in the file of this month (UTC). */
  ended_at: string;
  duration_ms: number | null;
  cost_usd: number | null;
  input_tokens: number;
  output_tokens: number;
}

export interface History {
  /** Appends the line of the task's latest run, on disk when it returns. May be done twice: readers drop doubles. */
  add(task: Task): Promise<void>;
  /** The newest lines that pass the filter, newest first; reads the files from their ends, only as far as needed. */
  latest(limit: number, filter?: (line: HistoryLine) => boolean): HistoryLine[];
  /** All lines that ended at or after the instant (ISO), oldest month first, doubles dropped. */
  since(instant: string): HistoryLine[];
}

/** The line of the task's latest run, as it stands in the record now. */
export function historyLine(task: Task): HistoryLine | null {
  const run = task.runs.at(-1);
  if (!run || task.status === 'pending' || task.status === 'running') return null;
  return {
    task_id: task.task_id,
    run: run.n,
    task_name: task.task_name,
    telegram_group: task.telegram_group,
    user_id: task.user_id,
    agent: task.agent,
    agent_session_id: task.agent_session_id,
    outcome: task.status,
    reason: task.reason,
    started_at: run.started_at,
    ended_at: task.completed_at ?? run.ended_at ?? run.started_at,
    duration_ms: task.duration_ms,
    cost_usd: task.cost_usd,
    input_tokens: task.usage?.input_tokens ?? 0,
    output_tokens: task.usage?.output_tokens ?? 0,
  };
}

/** A torn or foreign line gives null: a reader passes over it. */
function parseLine(text: string): HistoryLine | null {
  try {
    const line = JSON.parse(text) as HistoryLine;
    return typeof line?.task_id === 'string' && typeof line.run === 'number' && typeof line.ended_at === 'string'
      ? line
      : null;
  } catch {
    return null;
  }
}

export function createHistory({ files, paths }: { files: Files; paths: Paths }): History {
  const months = () =>
    files
      .list(paths.history)
      .filter((name) => /^\d{4}-\d\d\.jsonl$/.test(name))
      .sort();
  return {
    async add(task) {
      const line = historyLine(task);
      if (!line) return;
      const path = join(paths.history, `${line.ended_at.slice(0, 7)}.jsonl`);
      await appendLine(files, path, JSON.stringify(line));
    },
    latest(limit, filter = () => true) {
      const seen = new Set<string>();
      const found: HistoryLine[] = [];
      for (const month of months().reverse()) {
        for (const text of linesFromEnd(files, join(paths.history, month))) {
          const line = text ? parseLine(text) : null;
          if (!line || seen.has(`${line.task_id}.${line.run}`)) continue;
          seen.add(`${line.task_id}.${line.run}`);
          if (filter(line)) found.push(line);
          if (found.length >= limit) return found;
        }
      }
      return found;
    },
    since(instant) {
      const byRun = new Map<string, HistoryLine>();
      for (const month of months().filter((name) => name.slice(0, 7) >= instant.slice(0, 7))) {
        for (const text of (files.read(join(paths.history, month)) ?? '').split('\n')) {
          const line = text ? parseLine(text) : null;
          if (line && line.ended_at >= instant) byRun.set(`${line.task_id}.${line.run}`, line);
        }
      }
      return [...byRun.values()];
    },
  };
}
