/** One claimed task from its claim to the moment it needs no worker any more. */

import type { Child } from '../adapters/processes.ts';
import { cutBytes } from '../format/text.ts';
import { excerptBytes, isEnded, latestRun, type Task } from '../tasks/record.ts';
import type { Conclusion } from '../tasks/transition.ts';
import { endProcesses } from './end-processes.ts';
import { launchRun } from './launch.ts';
import { closeQuestions } from './questions.ts';
import { persist, settleRun, tellEnd } from './settle.ts';
import { type SuperviseParts, superviseRun } from './supervise.ts';

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
    await parts.tasks.apply(task.task_id, { type: 'gone', run: run.n, at: new Date(parts.clock.now()).toISOString() });
  }
  await closeQuestions(parts, task);
}

/** Starts the next run; the child where it is ours, or null where nothing is to be followed. */
async function start(parts: SuperviseParts, taskId: string): Promise<{ child: Child | null } | null> {
  await parts.refreshSettings?.();
  const launched = await launchRun(parts, taskId);
  switch (launched.kind) {
    case 'started':
      parts.log.info({ task_id: taskId, run: launched.run, pid: launched.child.id.pid }, 'run started');
      return { child: launched.child };
    case 'adopted':
      return { child: null };
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
  let child: Child | null = null;
  while (!signal.aborted) {
    const task = parts.tasks.load(taskId);
    if (task.status === 'pending') {
      if (isSettling) return 'left';
      const started = await persist(parts, signal, async () => {
        await closeRuns(parts, task);
        return await start(parts, taskId);
      });
      if (started === null) return 'done';
      child = started.child;
      continue;
    }
    // A worker that was killed right after the transition has told nobody.
    if (task.status !== 'running') await persist(parts, signal, () => tellEnd(parts, task));
    if (task.status === 'running' || isLeaving(parts, task)) {
      const end = await superviseRun(parts, task, { child, signal, isSettling });
      child = null;
      if (end === 'left') return 'left';
      if (end === 'closed') return 'done';
    } else {
      await persist(parts, signal, () => closeRuns(parts, task));
      return 'done';
    }
  }
  return 'left';
}

/** Whether the agent of the latest run still lives although its outcome is known. */
function isLeaving(parts: SuperviseParts, task: Task): boolean {
  const run = latestRun(task);
  if (!isEnded(task) || !run || run.ended_at !== null) return false;
  return run.pid > 0 && parts.processes.isAlive({ pid: run.pid, started: run.pid_started });
}
