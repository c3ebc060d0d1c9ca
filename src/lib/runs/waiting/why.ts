/** What a task waits for, found by the same rules that the worker goes by. */

import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Locks } from '../../adapters/locks.ts';
import type { Machine } from '../../adapters/machine.ts';
import type { Paths } from '../../config/paths.ts';
import type { Settings } from '../../config/schema.ts';
import { renderInstant } from '../../format/instant.ts';
import { cutText, oneLine } from '../../format/text.ts';
import type { Queue } from '../../queue/queue.ts';
import { asksAtLimit } from '../../tasks/asks-at-limit.ts';
import type { History } from '../../tasks/history.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import type { Pool } from '../accounts/pool.ts';
import { type Intent, loadIntent } from '../intent.ts';
import { livingWorker, type WorkerHolder } from '../worker/wake.ts';
import { lookAtLine, openQuestions, type Standing } from './line.ts';
import type { HeldBack } from './source.ts';
import { sayMet, whyConflict } from './why-conflict.ts';

export interface WhyParts {
  tasks: TaskStore;
  queue: Queue;
  history: Pick<History, 'latest'>;
  locks: Locks;
  files: Files;
  paths: Paths;
  clock: Clock;
  machine: Machine;
  settings: Settings;
  /** The accounts that runs work with; absent where none is ever given. */
  pool?: Pick<Pool, 'whyNone'>;
}

export interface Why {
  task_id: string;
  status: Task['status'];
  /** A code: `next`, `order`, `at`, `after`, `slots`, `user_slots`, `fair_share`, `conversation`, `session`, `session_paused`, `attached`, `folder`, `memory`, `tokens`, `files`, `disk`, `ending`, `approval`, `no_worker`, `account`, `hold`, `ended`, … */
  waits_for: string;
  /** Place in the line, 1 is next; null where it does not stand there. */
  position: number | null;
  /** The task that it comes after, while that has not ended; null for none. */
  after: Standing['other'];
  /** ISO instant at which it starts, or goes on by itself; null for none. */
  until: string | null;
  /** One sentence for people, with what to type next where there is something to do. */
  text: string;
}

/** What keeps the worker from starting anything: by its own word, or because the machine is short of memory right now. */
function heldBackBy(worker: WorkerHolder, { machine, settings }: WhyParts): HeldBack | null {
  if (worker.held_back) return worker.held_back;
  return machine.freeMemory() < settings.limits.minFreeMemoryMb * 1024 * 1024 ? 'memory' : null;
}

/** A sentence of what a waiting task waits for. */
function sayStanding(
  { task_id: taskId, session_id }: Task,
  { code, position, other, until }: Standing,
  parts: WhyParts,
): string {
  const { maxSessions, perUser, minFreeMemoryMb, maxTokensPerMinute } = parts.settings.limits;
  const named = other ? `${other.task_id}${other.task_name ? ` (${oneLine(other.task_name)})` : ''}` : '';
  switch (code) {
    case 'no_marker':
      return `It is in no queue. Put it there with: ccdispatch tasks cancel ${taskId} && ccdispatch tasks retry ${taskId}`;
    case 'starting':
      return 'It was taken by the worker and starts now.';
    case 'ending':
      return 'Its last run is still being ended.';
    case 'at':
      return `It starts at ${renderInstant(until ?? '')}.`;
    case 'after':
      return `It comes after ${named}, which has not ended.`;
    case 'conversation':
      return `${other?.task_id} works in the same conversation.`;
    case 'session':
      return `Its turn comes after ${named} in its session.`;
    case 'attached':
      return `Somebody works in its session at a terminal. Take it back with: ccdispatch sessions detach ${session_id}`;
    case 'session_paused':
      return `${named}, before it in its session, is paused. Let that go on with: ccdispatch tasks resume ${other?.task_id}`;
    case 'folder':
      return `${other?.task_id} works in the same folder.`;
    case 'slots':
      return `All ${maxSessions} slots are taken (limits.maxSessions).`;
    case 'user_slots':
      return `Its user has ${perUser} running tasks already (limits.perUser).`;
    case 'fair_share':
      return 'The last free slot is kept for a user with nothing running.';
    case 'memory':
      return `Less than ${minFreeMemoryMb} MB of memory are free (limits.minFreeMemoryMb).`;
    case 'tokens':
      return `In the last minute ${maxTokensPerMinute ?? 'as many as allowed'} tokens were used (limits.maxTokensPerMinute).`;
    case 'disk':
      return 'The disk is full: nothing new is started until there is room.';
    case 'files':
      return 'It is taken, and waits for its turn at the disk (limits.maxFileOperations).';
    case 'order':
      return `${(position ?? 1) - 1} before it in the queue.`;
    case 'next':
      return 'It is next and starts in a moment.';
  }
}

/** Where nothing else is in a task's way. */
const mayLackAccount: ReadonlySet<string> = new Set(['next', 'order', 'starting']);

/** What it waits for, by the line and by what the worker says of itself. */
function whyPending(task: Task, parts: WhyParts): Pick<Why, 'waits_for' | 'position' | 'after' | 'until' | 'text'> {
  const worker = livingWorker(parts);
  const found = lookAtLine(parts).standingOf(task, worker ? heldBackBy(worker, parts) : null);
  const isAtDisk = found.code === 'starting' && worker?.waits_for_disk?.includes(task.task_id);
  const standing: Standing = isAtDisk ? { ...found, code: 'files' } : found;
  const { code, position, other, until } = standing;
  const rest = { position, after: code === 'after' ? other : null, until };
  const text = sayStanding(task, standing, parts);
  if (!worker && code !== 'no_marker' && code !== 'starting') {
    const nobody = 'No worker lives. Start one with: ccdispatch worker --exit-when-idle';
    // What it waits for stands, whoever is to see to it.
    const isPlanned = code === 'at' || code === 'after';
    return { waits_for: isPlanned ? code : 'no_worker', ...rest, text: isPlanned ? `${text} ${nobody}` : nobody };
  }
  // Who stands first is held up by nothing else; the others of the line may be passed over for the same reason.
  const noAccount = mayLackAccount.has(code) ? (parts.pool?.whyNone(task) ?? null) : null;
  if (noAccount !== null) return { waits_for: 'account', ...rest, text: noAccount };
  return { waits_for: code, ...rest, text };
}

/** So much of the reason that somebody gave is shown. */
const detailChars = 300;

function sayPaused(task: Task): string {
  const { task_id, reason, resume_at, result } = task;
  const byItself = resume_at === null ? '' : ` and goes on by itself at ${renderInstant(resume_at)}`;
  // What a person asked for needs no more words; else the result says why.
  const isSaid = reason === 'user' || (reason === 'limit' && resume_at !== null);
  const detail = isSaid || !result ? '' : ` ${cutText(oneLine(result), detailChars)}`;
  const command = `ccdispatch tasks resume ${task_id}`;
  const atReset = asksAtLimit(task) ? ` (at the reset: ${command} --at-reset)` : '';
  return `It is paused (${reason})${byItself}.${detail} Go on ${byItself && 'now '}with: ${command}${atReset}`;
}

/** Something was asked of the run, and its agent is leaving. */
function sayAsked({ task_id }: Task, { kind, reason }: Intent): [code: string, text: string] {
  if (kind !== 'pause') return ['stopping', `It is being ended (${reason}).`];
  return ['pausing', `It is being paused (${reason}). Go on in a moment with: ccdispatch tasks resume ${task_id}`];
}

/** Why the task is not further than it is. */
export function whyTask(task: Task, parts: WhyParts): Why {
  const { task_id, status } = task;
  const why = (waits_for: string, text: string, until: string | null = null): Why => ({
    task_id,
    status,
    waits_for,
    position: null,
    after: null,
    until,
    text,
  });
  switch (task.status) {
    case 'pending':
      return { task_id, status, ...whyPending(task, parts) };
    case 'running': {
      const asked = loadIntent(parts.files, parts.paths.run(task_id, latestRun(task)?.n ?? 0));
      if (asked) return why(...sayAsked(task, asked));
      const [question] = openQuestions(task, parts);
      if (question) {
        const tool = oneLine(question.tool);
        return why('approval', `It asks whether it may use ${tool}. See and answer it with: ccdispatch approvals list`);
      }
      const met = sayMet(task, parts);
      return why(
        'running',
        `It runs since ${task.started_at}.${met} See what it does: ccdispatch tasks logs -f ${task_id}`,
      );
    }
    case 'paused':
      if (task.reason === 'conflict') {
        const { code, text, until } = whyConflict(task, parts);
        return why(code, text, until);
      }
      return task.reason === 'hold'
        ? why('hold', `It was made with --hold. Start it with: ccdispatch tasks start ${task_id}`)
        : why(task.reason, sayPaused(task), task.resume_at);
    default:
      return why(
        'ended',
        `It has ended: ${task.status}${task.reason ? ` (${task.reason})` : ''}, ${task.completed_at}.`,
      );
  }
}
