/** What a task waits for, found by the same rules that the worker goes by. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Machine } from '../adapters/machine.ts';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import { oneLine } from '../format/text.ts';
import { blockerOf, countUsers, orderWaiting, type RunningView } from '../queue/order.ts';
import type { Queue } from '../queue/queue.ts';
import { type Approval, createApprovals } from '../tasks/approvals.ts';
import type { Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { shareOf } from './folder-source.ts';
import { livingWorker } from './wake.ts';

export interface WhyParts {
  tasks: TaskStore;
  queue: Queue;
  locks: Locks;
  files: Files;
  paths: Paths;
  clock: Clock;
  machine: Machine;
  settings: Settings;
}

export interface Why {
  task_id: string;
  status: Task['status'];
  /** A code: `next`, `order`, `slots`, `user_slots`, `fair_share`, `conversation`, `memory`, `ending`, `approval`, `no_worker`, `hold`, `ended`, … */
  waits_for: string;
  /** Place among the waiting, 1 is next; null where it does not wait. */
  position: number | null;
  /** One sentence for people, with what to type next where there is something to do. */
  text: string;
}

function runningTasks({ tasks, queue }: WhyParts): Task[] {
  return queue.active().flatMap((taskId) => {
    try {
      return [tasks.load(taskId)];
    } catch {
      return [];
    }
  });
}

/** The questions of a task's run that wait for a person. */
function openQuestions({ task_id, status, runs }: Task, parts: WhyParts): Approval[] {
  if (status !== 'running') return [];
  return createApprovals(parts)
    .open(task_id)
    .filter(({ run }) => run === runs.at(-1)?.n);
}

function viewOf(running: readonly Task[], parts: WhyParts): RunningView {
  const { settings, clock } = parts;
  const byUser = new Map<string, number>();
  // Who waits for a person takes no place.
  const atWork = running.filter((task) => openQuestions(task, parts).length === 0);
  for (const task of atWork) byUser.set(shareOf(task), (byUser.get(shareOf(task)) ?? 0) + 1);
  return { byUser, limits: settings.limits, now: clock.now() };
}

function whyPending(task: Task, parts: WhyParts): [code: string, position: number | null, text: string] {
  const { settings } = parts;
  const waiting = parts.queue.waiting();
  const marker = waiting.find(({ taskId }) => taskId === task.task_id);
  const running = runningTasks(parts);
  if (!marker) {
    return parts.queue.isActive(task.task_id)
      ? ['starting', null, 'It was taken by the worker and starts now.']
      : [
          'no_marker',
          null,
          `It is in no queue. Put it there with: ccdispatch tasks cancel ${task.task_id} && ccdispatch tasks retry ${task.task_id}`,
        ];
  }
  const view = viewOf(running, parts);
  const position = orderWaiting(waiting, view).findIndex(({ taskId }) => taskId === task.task_id) + 1;
  if (!livingWorker(parts))
    return ['no_worker', position, 'No worker lives. Start one with: ccdispatch worker --exit-when-idle'];
  if (parts.queue.isActive(task.task_id)) return ['ending', position, 'Its last run is still being ended.'];
  const { maxSessions, perUser, minFreeMemoryMb } = settings.limits;
  const other = running.find((one) => one.agent_session_id !== null && one.agent_session_id === task.agent_session_id);
  if (other) return ['conversation', position, `${other.task_id} works in the same conversation.`];
  switch (blockerOf(marker, view, countUsers(waiting, view))) {
    case 'slots':
      return ['slots', position, `All ${maxSessions} slots are taken (limits.maxSessions).`];
    case 'user_slots':
      return ['user_slots', position, `Its user has ${perUser} running tasks already (limits.perUser).`];
    case 'fair_share':
      return ['fair_share', position, 'The last free slot is kept for a user with nothing running.'];
  }
  if (running.length > 0 && parts.machine.freeMemory() < minFreeMemoryMb * 1024 * 1024) {
    return ['memory', position, `Less than ${minFreeMemoryMb} MB of memory are free (limits.minFreeMemoryMb).`];
  }
  return position > 1
    ? ['order', position, `${position - 1} before it in the queue.`]
    : ['next', 1, 'It is next and starts in a moment.'];
}

/** Why the task is not further than it is. */
export function whyTask(task: Task, parts: WhyParts): Why {
  const { task_id, status } = task;
  const why = (waits_for: string, position: number | null, text: string): Why => ({
    task_id,
    status,
    waits_for,
    position,
    text,
  });
  switch (task.status) {
    case 'pending':
      return why(...whyPending(task, parts));
    case 'running': {
      const [question] = openQuestions(task, parts);
      if (question) {
        const tool = oneLine(question.tool);
        return why(
          'approval',
          null,
          `It asks whether it may use ${tool}. See and answer it with: ccdispatch approvals list`,
        );
      }
      return why(
        'running',
        null,
        `It runs since ${task.started_at}. See what it does: ccdispatch tasks logs -f ${task_id}`,
      );
    }
    case 'paused':
      return task.reason === 'hold'
        ? why('hold', null, `It was made with --hold. Start it with: ccdispatch tasks start ${task_id}`)
        : why(task.reason, null, `It is paused (${task.reason}). Go on with: ccdispatch tasks start ${task_id}`);
    default:
      return why(
        'ended',
        null,
        `It has ended: ${task.status}${task.reason ? ` (${task.reason})` : ''}, ${task.completed_at}.`,
      );
  }
}
