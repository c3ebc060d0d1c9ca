// What tasks are known to have changed: from their agents at once, by git not too often, and without much of a core's time.

import { beforeEach, describe, expect, it } from 'vitest';
import { createWorkWatch, lookEveryMs, type WorkWatch } from '../../../../src/lib/runs/conflicts/work-watch.ts';
import type { RunState } from '../../../../src/lib/runs/fold.ts';
import { newRunState } from '../../../../src/lib/runs/fold.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { aTask } from '../../../support/tasks.ts';

const folder = '/w';
const state = (change: Partial<RunState> = {}): RunState => ({ ...newRunState, ...change });

let clock: ManualClock;
let watch: WorkWatch;
/** What git says of each task, and which it was asked about. */
let byGit: Map<string, readonly string[] | null>;
let asked: string[];
let lookMs: number;
beforeEach(() => {
  clock = createManualClock();
  byGit = new Map();
  asked = [];
  lookMs = 0;
  watch = createWorkWatch({
    clock,
    tellsTools: ({ agent }) => agent === 'claude',
    async changedFiles({ task_id }) {
      asked.push(task_id);
      await clock.pass(lookMs);
      return byGit.get(task_id) ?? null;
    },
  });
});

function runningTask(n: number, change: Partial<Task> = {}): Task {
  const run = { n: 1, pid: 1, pid_started: '', account: null, ended_at: null, outcome: null, input_uuid: null };
  const runs = [{ ...run, started_at: '2026-11-20T10:00:00.000Z' }];
  return { ...aTask({ task_id: `task-1-${1_763_600_000_000 + n}` }), runs, agent: 'claude', ...change } as Task;
}
const one = runningTask(1);
const files = (task = one) => [...watch.files(task.task_id)].sort();

describe('what an agent says it wrote', () => {
  it('is known at once, relative to its folder; what lies elsewhere does not count', () => {
    expect(watch.observe(one, folder, state({ writes: ['/w/src/a.ts', '/elsewhere/b.ts', 'c.ts'] }))).toBe(true);
    expect(files()).toEqual(['c.ts', 'src/a.ts']);
    expect(watch.observe(one, folder, state({ writes: ['/w/src/a.ts', '/elsewhere/b.ts', 'c.ts'] }))).toBe(false);
    expect(watch.observe(one, folder, state({ writes: ['/w/src/a.ts', '/elsewhere/b.ts', 'c.ts', '/w/d'] }))).toBe(
      true,
    );
    expect(files()).toContain('d');
    expect(asked).toEqual([]);
  });

  it('is kept over runs', () => {
    watch.observe(one, folder, state({ writes: ['/w/a'] }));
    const again = { ...one, runs: [...one.runs, { ...one.runs[0], n: 2 }] } as Task;
    watch.observe(again, folder, state({ writes: ['/w/b'] }));
    expect(files()).toEqual(['a', 'b']);
    watch.forget(one.task_id);
    expect(files()).toEqual([]);
  });
});

describe('git', () => {
  it('is asked after a call that may have changed more than it says, and at a turn’s end, and not else', async () => {
    byGit.set(one.task_id, ['by/shell']);
    watch.observe(one, folder, state());
    expect(await watch.look()).toBe(false);
    expect(asked).toEqual([]);
    watch.observe(one, folder, state({ opaqueCalls: 1 }));
    expect(await watch.look()).toBe(true);
    expect(files()).toEqual(['by/shell']);
    await clock.pass(lookEveryMs);
    expect(await watch.look()).toBe(false);
    const result = { isError: false, reason: null, text: 'x', totalCostUsd: null, usage: null, durationMs: null };
    watch.observe(one, folder, state({ opaqueCalls: 1, final: { ...result, conversation: null } }));
    await watch.look();
    expect(asked).toHaveLength(2);
  });

  it('is asked again and again while something runs in the background, every ten seconds at most', async () => {
    byGit.set(one.task_id, []);
    const busy = state({ background: [{ id: 'b', description: 'build' }] });
    for (let second = 0; second <= 30; second++) {
      watch.observe(one, folder, busy);
      await watch.look();
      await clock.pass(1000);
    }
    expect(asked).toHaveLength(4);
  });

  it('is asked at first about a task that did something before', async () => {
    const [earlier] = one.runs;
    watch.observe(
      {
        ...one,
        runs: [
          { ...earlier, outcome: 'paused' },
          { ...earlier, n: 2 },
        ],
      } as Task,
      folder,
      state(),
    );
    watch.observe({ ...runningTask(2), continues: true }, folder, state());
    await watch.look();
    await watch.look();
    expect(asked).toEqual([one.task_id, runningTask(2).task_id]);
  });

  it('is the only one to know of an agent that says nothing', async () => {
    const silent = runningTask(3, { agent: 'own' });
    byGit.set(silent.task_id, ['x']);
    watch.observe(silent, folder, state());
    expect(await watch.look()).toBe(true);
    expect(files(silent)).toEqual(['x']);
  });

  it('takes back what is no longer changed, but not what the agent said; where it cannot tell, nothing changes', async () => {
    watch.observe(one, folder, state({ writes: ['/w/said'], opaqueCalls: 1 }));
    byGit.set(one.task_id, ['first', 'said']);
    await watch.look();
    expect(files()).toEqual(['first', 'said']);
    for (const [calls, answer, known] of [
      [2, null, ['first', 'said']],
      [3, [], ['said']],
    ] as const) {
      await clock.pass(lookEveryMs);
      byGit.set(one.task_id, answer);
      watch.observe(one, folder, state({ writes: ['/w/said'], opaqueCalls: calls }));
      await watch.look();
      expect(files()).toEqual(known);
    }
  });

  it('never takes more than one part in twenty of the time, however slow it is and however many tasks there are', async () => {
    lookMs = 700;
    const tasks = Array.from({ length: 10 }, (_, n) => runningTask(n));
    const from = clock.now();
    for (let calls = 1; clock.now() < from + 600_000; calls++) {
      for (const task of tasks) watch.observe(task, folder, state({ opaqueCalls: calls }));
      await watch.look();
      await clock.pass(200);
    }
    const share = (asked.length * lookMs) / (clock.now() - from);
    expect(share).toBeLessThan(0.05);
    expect(share).toBeGreaterThan(0.02);
    // In turn: nobody is forgotten.
    expect(new Set(asked.slice(-10)).size).toBe(10);
  });
});
