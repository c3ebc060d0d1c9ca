/** A quick look at many records, for lists: only the fields that a list shows, without the full check. */

import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';

export interface TaskSummary {
  task_id: string;
  task_name: string;
  status: string;
  reason: string | null;
  agent: string;
  telegram_group: string | null;
  user_id: string | null;
  /** The message that asked for it. */
  message_id: number | null;
  priority: number;
  options?: { yolo?: boolean };
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  /** When a paused one goes on by itself; records of earlier versions have none. */
  resume_at?: string | null;
}

const words = ['task_id', 'task_name', 'status', 'agent', 'created_at'] as const;

/** The summary of a task, or null where its record is missing or broken. */
export function readSummary(files: Files, paths: Paths, taskId: string): TaskSummary | null {
  try {
    const record = JSON.parse(files.read(paths.record(taskId)) ?? 'null') as TaskSummary | null;
    return record && words.every((word) => typeof record[word] === 'string') ? record : null;
  } catch {
    return null;
  }
}
