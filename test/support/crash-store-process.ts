// A process that changes tasks without a pause, several steps under a lock, until it is killed; it says what has reached the disk.

import { writeSync } from 'node:fs';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { pathsOf } from '../../src/lib/config/paths.ts';
import { latestRun, type Task } from '../../src/lib/tasks/record.ts';
import { createTaskStore } from '../../src/lib/tasks/store.ts';
import type { Conclusion, TaskEvent } from '../../src/lib/tasks/transition.ts';
import { progressOf } from './crash-store-progress.ts';
import { seededRandom } from './random.ts';

export interface StoreRequest {
  home: string;
  taskIds: string[];
  seed: number;
}

const { home, taskIds, seed } = JSON.parse(process.argv[2] ?? '') as StoreRequest;
const tasks = createTaskStore({ files: realFiles, locks: kernelLocks, paths: pathsOf(home) });
const { next } = seededRandom(seed);
const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)] as T;

const conclusionOf = (outcome: Conclusion['outcome']): Conclusion => ({
  outcome,
  reason: outcome === 'completed' ? null : 'agent',
  result: 'word '.repeat(Math.floor(next() * 800)),
  cost_usd: 0.01,
  usage: null,
  duration_ms: 1,
  note: null,
  changed_files: [],
  agent_session_id: null,
  resume_at: null,
});

/** An event that may happen to the task now. */
function eventFor(task: Task): TaskEvent {
  const at = new Date().toISOString();
  const run = latestRun(task);
  const n = run?.n ?? 0;
  switch (task.status) {
    case 'pending':
      return {
        type: 'started',
        run: { n: n + 1, pid: 0, pid_started: '', account: null, started_at: at, input_uuid: null },
      };
    case 'running': {
      if (next() < 0.2) return { type: 'lost', run: n, at };
      const outcome = pick(['completed', 'failed', 'cancelled', 'paused'] as const);
      return { type: 'ended', run: n, at, isGone: next() < 0.5, conclusion: conclusionOf(outcome) };
    }
    default:
      return run?.ended_at === null ? { type: 'gone', run: n, at } : { type: 'queued', at, afresh: null };
  }
}

writeSync(1, 'ready\n');
for (;;) {
  const taskId = pick(taskIds);
  await tasks.hold(taskId, 'test', async (held) => {
    for (let steps = 1 + Math.floor(next() * 3); steps > 0; steps--) {
      const { task } = await held.apply(eventFor(held.task));
      writeSync(1, `${taskId} ${progressOf(task)}\n`);
    }
  });
}
