/** Checks every task's record: whether it can be read, and whether somebody cares for a task that has not ended. */

import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { renderCount } from '../format/amount.ts';
import type { Queue } from '../queue/queue.ts';
import { isEnded } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { error, type Finding, ok, warning } from './finding.ts';

export interface RecordCheck {
  files: Files;
  paths: Paths;
  tasks: TaskStore;
  queue: Queue;
}

/** More than these are counted, not listed. */
const listed = 50;

function describeBroken({ files, paths }: RecordCheck, taskId: string, cause: unknown): Finding {
  const folder = paths.task(taskId);
  const record = paths.record(taskId);
  const aside = `${record}.broken`;
  if (files.stat(aside))
    return error(`A broken record was set aside: ${aside}`, `Mend it as ${record}, or remove ${folder}`);
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (files.read(record) === null) {
    return warning(`${folder} holds no record.`, 'ccdispatch cleanup removes it if it holds nothing else.');
  }
  return error(reason, `Mend the file, or remove ${folder}`);
}

export function checkRecords(check: RecordCheck): Finding[] {
  const { tasks, queue } = check;
  const findings: Finding[] = [];
  const cared = new Set([...queue.active(), ...queue.aside(), ...queue.waiting().map(({ taskId }) => taskId)]);
  let count = 0;
  for (const taskId of tasks.chats().flatMap((chat) => tasks.ids(chat))) {
    count++;
    try {
      const task = tasks.load(taskId);
      if (isEnded(task) || task.status === 'paused' || cared.has(taskId)) continue;
      // Looked at anew: it may have been queued while we walked.
      if (queue.isActive(taskId) || queue.waiting().some((marker) => marker.taskId === taskId)) continue;
      if (isEnded(tasks.load(taskId))) continue;
      const hint = `Put it back: ccdispatch tasks cancel ${taskId} && ccdispatch tasks retry ${taskId}`;
      findings.push(warning(`${taskId} is ${task.status}, but in no queue.`, hint));
    } catch (cause) {
      findings.push(describeBroken(check, taskId, cause));
    }
  }
  const more = findings.length - listed;
  return [
    ok(`${renderCount(count, 'task record')} looked at`),
    ...findings.slice(0, listed),
    ...(more > 0 ? [error(`${renderCount(more, 'more record')} with faults.`, 'Mend the ones above first.')] : []),
  ];
}
