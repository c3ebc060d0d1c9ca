// The history can be made anew: nothing of what the task folders know is missing, and nothing that only it knows is lost.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rebuildHistory } from '../../../src/lib/metrics/rebuild-history.ts';
import { historyLine } from '../../../src/lib/tasks/history.ts';
import { makeHome } from '../../support/home.ts';
import { addTask, aRun, aTask, firstTaskTs } from '../../support/tasks.ts';

const nextMonth = firstTaskTs + 30 * 86_400_000;

describe('rebuildHistory', () => {
  it('finds every ended run again, in order, each month in its file', async () => {
    const home = makeHome();
    const later = await addTask(home, { task_id: `task-5-${nextMonth}`, status: 'failed' });
    const first = await addTask(home, { task_id: `task-6-${firstTaskTs}`, status: 'completed' });
    const second = await addTask(home, { task_id: `task-5-${firstTaskTs + 9000}`, status: 'cancelled' });
    await addTask(home, { task_id: `task-7-${firstTaskTs}`, status: 'running' });
    await addTask(home, { task_id: `task-8-${firstTaskTs}`, status: 'pending' });
    expect(await rebuildHistory(home)).toEqual({ tasks: 5, lines: 3, added: 3, broken: [] });
    expect(home.files.list(home.paths.history).sort()).toEqual(['2025-11.jsonl', '2025-12.jsonl']);
    expect(home.history.latest(10)).toEqual([later, second, first].map(historyLine));
    expect(await rebuildHistory(home)).toMatchObject({ lines: 3, added: 0 });
  });

  it('keeps what only the history knows: tasks that are gone, the figures of earlier runs', async () => {
    const home = makeHome();
    const gone = aTask({ task_id: `task-9-${firstTaskTs - 5000}`, status: 'completed' });
    await home.history.add(gone);
    const once = aTask({ task_id: `task-5-${firstTaskTs}`, status: 'failed', cost_usd: 0.5 });
    await home.history.add(once);
    const runs = [...once.runs, aRun(firstTaskTs + 60_000, 'completed', { n: 2 })];
    await addTask(home, {
      ...once,
      status: 'completed',
      reason: null,
      runs,
      completed_at: runs[1]?.ended_at,
      cost_usd: 0.7,
    });
    await rebuildHistory(home);
    const found = home.history.latest(10).map(({ task_id, run, cost_usd }) => `${task_id} ${run} ${cost_usd}`);
    expect(found).toEqual([`${once.task_id} 2 0.7`, `${once.task_id} 1 0.5`, `${gone.task_id} 1 0.01`]);
  });

  it('gives an earlier run as well as the record allows, and none that was lost', async () => {
    const home = makeHome();
    const runs = [
      aRun(firstTaskTs, 'lost'),
      aRun(firstTaskTs + 10_000, 'failed', { n: 2 }),
      aRun(firstTaskTs + 20_000, 'completed', { n: 3 }),
    ];
    const task = await addTask(home, { task_id: `task-5-${firstTaskTs}`, status: 'completed', runs });
    await rebuildHistory(home);
    const lines = home.history.since('');
    expect(lines.map(({ run, outcome }) => `${run} ${outcome}`)).toEqual(['3 completed', '2 failed']);
    expect(lines[1]).toMatchObject({
      task_id: task.task_id,
      cost_usd: null,
      duration_ms: null,
      ended_at: runs[1]?.ended_at,
    });
  });

  it('drops torn and doubled lines, and names records that cannot be read', async () => {
    const home = makeHome();
    const good = await addTask(home, { task_id: `task-5-${firstTaskTs}`, status: 'completed' });
    const broken = await addTask(home, { task_id: `task-6-${firstTaskTs}`, status: 'completed' });
    const meta = join(home.paths.task(broken.task_id), 'task-meta.json');
    writeFileSync(meta, readFileSync(meta, 'utf8').slice(0, 200));
    await home.history.add(good);
    await home.history.add(good);
    const file = join(home.paths.history, '2025-11.jsonl');
    appendFileSync(file, '{"task_id":"task-5-1","run":1,"ended_at":"nonsense"}\n{"task_id":"torn');
    const report = await rebuildHistory(home);
    expect(report).toMatchObject({ tasks: 1, lines: 1 });
    expect(report.broken).toEqual([
      { task_id: broken.task_id, reason: expect.stringContaining('not readable as JSON') },
    ]);
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(historyLine(good))}\n`);
  });
});
