/** One claimed task from its claim to the moment it needs no worker any more. */

import type { Child } from '../adapters/processes.ts';
import { persist } from '../errors/persist.ts';
import { isoNow } from '../format/instant.ts';
import { cutBytes } from '../format/text.ts';
import { excerptBytes, isEnded, latestRun, type Task } from '../tasks/record.ts';
import type { Conclusion } from '../tasks/transition.ts';
import { endProcesses } from './end-processes.ts';
import { finishWork } from './landing/keep-work.ts';
import { launchRun } from './launch.ts';
import { prepareFolder } from './prepare-folder.ts';
import { closeQuestions } from './questions/questions.ts';
import { noteTurn } from './sessions/after-turn.ts';
import { launchTurn } from './sessions/launch-turn.ts';
import { settleRun, tellEnd } from './settle.ts';
import { superviseRun } from './supervise.ts';
import { shareOf } from './waiting/line.ts';
import type { SuperviseParts } from './watched.ts';

/** `done`: the claim can go. `left`: we were told to leave, somebody else goes on. */
export type LifeEnd = 'done' | 'left';

const answeredBefore: Conclusion = {
  outcome: 'completed',
  reason: null,
  result: null,
  note: null,
  cost_usd: null,
  usage: null,
  duration_ms: null,
  changed_files: [],
  agent_session_id: null,
  resume_at: null,
};

/** Ends what is left of runs whose outcome is known, and whose worker died before they were gone. */
async function closeRuns(parts: SuperviseParts, task: Task): Promise<void> {
  for (const run of task.runs.filter(({ ended_at }) => ended_at === null)) {
    const id = run.pid > 0 ? { pid: run.pid, started: run.pid_started } : null;
    await endProcesses(parts, id, task.task_id, parts.graceMs);
    await parts.tasks.apply(task.task_id, { type: 'gone', run: run.n, at: isoNow(parts.clock) });
  }
  await closeQuestions(parts, task);
}

/** Lets the task wait in the queue, where it takes no slot; since when it waits decides about its place there. */
async function giveBack({ queue }: SuperviseParts, task: Task): Promise<void> {
  const { task_id: taskId, priority, created_at } = task;
  const queuedAt = Date.parse(latestRun(task)?.started_at ?? created_at);
  await queue.putBack({ priority, queuedAt, user: shareOf(task), taskId });
}

/** What was started: a process of ours, a turn that we began, or neither where somebody before us did. */
interface Started {
  child: Child | null;
  isBegun: boolean;
}

/** Starts the next run, as a turn of its session where it has one; null where nothing is to be followed. */
async function start(parts: SuperviseParts, taskId: string): Promise<Started | null> {
  await parts.refreshSettings?.();
  // Before the task's lock is taken: those of accounts come first.
  await parts.pool?.noteUse(taskId);
  const { sessionParts } = parts;
  const isTurn = sessionParts !== undefined && parts.tasks.load(taskId).session_id !== null;
  const launched = isTurn ? await launchTurn({ ...parts, sessionParts }, taskId) : await launchRun(parts, taskId);
  switch (launched.kind) {
    case 'started':
      parts.log.info({ task_id: taskId, run: launched.run, pid: launched.child.id.pid }, 'run started');
      return { child: launched.child, isBegun: false };
    case 'begun':
      parts.log.info({ task_id: taskId, run: launched.run }, 'turn begun');
      return { child: null, isBegun: true };
    case 'adopted':
      return { child: null, isBegun: false };
    case 'answered': {
      const text = parts.maskFor(parts.tasks.load(taskId))(launched.text);
      const conclusion = { ...answeredBefore, result: cutBytes(text, excerptBytes) };
      await settleRun(parts, taskId, launched.run, { conclusion, text }, true);
      return null;
    }
    case 'refused':
      await tellEnd(parts, parts.tasks.load(taskId));
      return null;
    case 'moot':
      return null;
  }
}

const adopted: Started = { child: null, isBegun: false };

/**
 * Runs a claimed task, adopts its run, or finishes its ending: whatever its record says is next. `isSettling`: nothing is
 * started, and agents at work are left to it; only what has ended is brought to its end.
 */
export async function liveTask(
  parts: SuperviseParts,
  taskId: string,
  signal: AbortSignal,
  isSettling: boolean,
): Promise<LifeEnd> {
  let started: Started | null = null;
  while (!signal.aborted) {
    const task = parts.tasks.load(taskId);
    if (task.status === 'pending') {
      if (isSettling) return 'left';
      const prepared = await persist(parts, signal, () => prepareFolder(parts, task, signal));
      if (prepared === 'refused') return 'done';
      if (prepared === 'moot') continue;
      if (parts.pool?.take(task) === 'wait') {
        await persist(parts, signal, () => giveBack(parts, task));
        return 'done';
      }
      started = await persist(parts, signal, async () => {
        await closeRuns(parts, task);
        return await start(parts, taskId);
      }).finally(() => parts.pool?.release(taskId));
      if (started === null) return await finish(parts, taskId, signal);
      continue;
    }
    // A worker that was killed right after the transition has told nobody.
    if (task.status !== 'running') await persist(parts, signal, () => tellEnd(parts, task));
    if (task.status === 'running' || isLeaving(parts, task)) {
      const end = await superviseRun(parts, task, { ...(started ?? adopted), signal, isSettling });
      started = null;
      if (end === 'left') return 'left';
      if (parts.sessionParts) await noteTurn(parts.sessionParts, parts.tasks.load(taskId), parts.tasks.prompt(taskId));
      if (end === 'closed') return await finish(parts, taskId, signal);
    } else {
      await persist(parts, signal, () => closeRuns(parts, task));
      return await finish(parts, taskId, signal);
    }
  }
  return 'left';
}

/** The last step: nothing of the task's runs lives any more. Done again by the next worker where this one dies. */
async function finish(parts: SuperviseParts, taskId: string, signal: AbortSignal): Promise<LifeEnd> {
  const task = parts.tasks.load(taskId);
  if (task.status !== 'pending') await persist(parts, signal, () => finishWork(parts, task));
  return 'done';
}

/** Whether the agent of the latest run still lives although its outcome is known. */
function isLeaving(parts: SuperviseParts, task: Task): boolean {
  const run = latestRun(task);
  if (!isEnded(task) || !run || run.ended_at !== null) return false;
  return run.pid > 0 && parts.processes.isAlive({ pid: run.pid, started: run.pid_started });
}
