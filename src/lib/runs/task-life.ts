/** One claimed task from its claim to the moment it needs no worker any more. */

import type { Child } from '../adapters/processes.ts';
import { isEnded, latestRun, type Task } from '../tasks/record.ts';
import type { Conclusion } from '../tasks/transition.ts';
import { endProcesses } from './end-processes.ts';
import { launchRun } from './launch.ts';
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
}

/** A task that is not running and not waiting: whatever of its ending is missing is done again. */
async function finishEnded(parts: SuperviseParts, task: Task): Promise<void> {
  await tellEnd(parts, task);
  await closeRuns(parts, task);
}

/** Starts the next run; the child where it is ours, or null where nothing is to be followed. */
async function start(parts: SuperviseParts, taskId: string): Promise<{ child: Child | null } | null> {
  const launched = await launchRun(parts, taskId);
  switch (launched.kind) {
    case 'started':
      parts.log.info({ task_id: taskId, run: launched.run, pid: launched.child.id.pid }, 'run started');
      return { child: launched.child };
    case 'adopted':
      return { child: null };
    case 'answered': {
      const conclusion = { ...answeredBefore, result: launched.text.slice(0, 1000) };
      await settleRun(parts, taskId, launched.run, { conclusion, text: launched.text }, true);
      return null;
    }
    case 'refused':
      await tellEnd(parts, parts.tasks.load(taskId));
      return null;
    case 'moot':
      return null;
  }
}

/** Runs a claimed task, adopts its run, or finishes its ending: whatever its record says is next. */
export async function liveTask(parts: SuperviseParts, taskId: string, signal: AbortSignal): Promise<LifeEnd> {
  let child: Child | null = null;
  while (!signal.aborted) {
    const task = parts.tasks.load(taskId);
    const run = latestRun(task);
    if (task.status === 'pending') {
      const started = await persist(parts, signal, async () => {
        await closeRuns(parts, task);
        return await start(parts, taskId);
      });
      if (started === null) return 'done';
      child = started.child;
    } else if (
      task.status === 'running' ||
      (isEnded(task) && run?.ended_at === null && child === null && isAlive(parts, task))
    ) {
      const end = await superviseRun(parts, task, child, signal);
      child = null;
      if (end === 'left') return 'left';
      if (end === 'closed') return 'done';
    } else {
      await persist(parts, signal, () => finishEnded(parts, task));
      return 'done';
    }
  }
  return 'left';
}

/** Whether the agent of the latest run still lives although its outcome is known. */
function isAlive(parts: SuperviseParts, task: Task): boolean {
  const run = latestRun(task);
  return run !== null && run.pid > 0 && parts.processes.isAlive({ pid: run.pid, started: run.pid_started });
}
