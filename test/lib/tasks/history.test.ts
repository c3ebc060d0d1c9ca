// The history: a line per ended run, found from the end, whatever a crash left in the files.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createHistory, historyLine } from '../../../src/lib/tasks/history.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { aRun, aTask, firstTaskTs } from '../../support/tasks.ts';

let home: TestHome;
beforeEach(() => {
  home = makeHome();
});

const monthPath = (month: string) => join(home.paths.history, `${month}.jsonl`);
const anEnded = (ts: number, completed_at: string, fields: Partial<Task> = {}) =>
  aTask({ task_id: `task-local-${ts}`, status: 'completed', completed_at, ...fields } as Parameters<typeof aTask>[0]);
const idsOf = (lines: { task_id: string }[]) => lines.map(({ task_id }) => task_id.replace('task-local-', ''));

describe('the line of a task', () => {
  it('says how its latest run came out', () => {
    const task = aTask({
      status: 'failed',
      reason: 'limit',
      telegram_group: '-100',
      runs: [aRun(firstTaskTs, 'lost'), aRun(firstTaskTs, 'failed', { n: 2 })],
    });
    expect(historyLine(task)).toMatchInlineSnapshot(`
      {
        "agent": "claude",
        "agent_session_id": null,
        "cost_usd": 0.01,
        "duration_ms": 2000,
        "ended_at": "2025-11-20T00:53:23.000Z",
        "input_tokens": 100,
        "outcome": "failed",
        "output_tokens": 20,
        "reason": "limit",
        "run": 2,
        "started_at": "2025-11-20T00:53:21.000Z",
        "task_id": "task--100-1763600000000",
        "task_name": "calc",
        "telegram_group": "-100",
        "user_id": "77",
      }
    `);
  });

  it('of a paused one names when its processes were gone', () => {
    const task = aTask({ status: 'paused' });
    expect(historyLine(task)).toMatchObject({ outcome: 'paused', ended_at: task.runs[0]?.ended_at, input_tokens: 0 });
  });

  it.each([
    ['one that waits', aTask()],
    ['one that runs', aTask({ status: 'running' })],
    ['one that never ran', aTask({ status: 'paused', reason: 'hold', runs: [] })],
  ])('of %s is not there yet', async (_kind, task) => {
    expect(historyLine(task)).toBe(null);
    await home.history.add(task);
    expect(home.files.list(home.paths.history)).toEqual([]);
  });
});

describe('the files', () => {
  it('are one for each month, by the end of the run', async () => {
    await home.history.add(anEnded(1, '2026-11-30T23:59:59.000Z'));
    await home.history.add(anEnded(2, '2026-12-01T00:00:00.000Z'));
    expect(home.files.list(home.paths.history).sort()).toEqual(['2026-11.jsonl', '2026-12.jsonl']);
    expect(idsOf(home.history.latest(10))).toEqual(['2', '1']);
  });

  it('may hold a line twice: it is read once, as it was written last', async () => {
    await home.history.add(anEnded(1, '2026-11-20T10:00:00.000Z', { cost_usd: 1 }));
    await home.history.add(anEnded(2, '2026-11-20T11:00:00.000Z'));
    await home.history.add(anEnded(1, '2026-11-20T10:00:00.000Z', { cost_usd: 2 }));
    expect(home.history.latest(10).map(({ cost_usd }) => cost_usd)).toEqual([2, 0.01]);
    expect(home.history.since('2026-11-20').map(({ cost_usd }) => cost_usd)).toEqual([2, 0.01]);
  });

  it('may end in a torn line: the next one is whole', async () => {
    await home.history.add(anEnded(1, '2026-11-20T10:00:00.000Z'));
    appendFileSync(monthPath('2026-11'), '{"task_id": "task-local-2", "ru');
    await home.history.add(anEnded(3, '2026-11-20T12:00:00.000Z'));
    appendFileSync(monthPath('2026-11'), '\n\nnull\n[]\n{"task_id": 5}\n');
    expect(idsOf(home.history.latest(10))).toEqual(['3', '1']);
    expect(idsOf(home.history.since('2026-01'))).toEqual(['1', '3']);
  });

  it('that are foreign are passed over', async () => {
    await home.history.add(anEnded(1, '2026-11-20T10:00:00.000Z'));
    for (const name of ['notes.jsonl', '2026-11.jsonl.bak', '.tmp-2026-12.jsonl'])
      writeFileSync(join(home.paths.history, name), JSON.stringify(historyLine(anEnded(9, '2026-11-20T10:00:00Z'))));
    expect(idsOf(home.history.latest(10))).toEqual(['1']);
  });

  it('need not be there', () => {
    expect(home.history.latest(10)).toEqual([]);
    expect(home.history.since('2026-01-01')).toEqual([]);
  });
});

describe('latest', () => {
  const write = (month: string, lines: string[]) => {
    home.files.makeFolder(home.paths.history);
    writeFileSync(monthPath(month), lines.map((line) => `${line}\n`).join(''));
  };
  const line = (ts: number, name = 'n') =>
    JSON.stringify({ ...historyLine(anEnded(ts, '2026-11-20T10:00:00.000Z')), task_name: name });

  it('gives as many as asked for, of those that pass', () => {
    write(
      '2026-11',
      Array.from({ length: 50 }, (_, index) => line(index)),
    );
    expect(idsOf(home.history.latest(3))).toEqual(['49', '48', '47']);
    const isEven = ({ task_id }: { task_id: string }) => Number(task_id.at(-1)) % 2 === 0;
    expect(idsOf(home.history.latest(3, isEven))).toEqual(['48', '46', '44']);
    expect(home.history.latest(100)).toHaveLength(50);
  });

  it('reads no further than it must', () => {
    write('2026-10', [line(1)]);
    write('2026-11', [line(2)]);
    const read: string[] = [];
    const readRange: typeof home.files.readRange = (path, ...rest) => {
      read.push(path);
      return home.files.readRange(path, ...rest);
    };
    const history = createHistory({ ...home, files: { ...home.files, readRange } });
    expect(idsOf(history.latest(1))).toEqual(['2']);
    expect(read).toEqual([monthPath('2026-11')]);
  });

  it('finds lines of any length and script across the blocks it reads', () => {
    const name = fc.tuple(fc.constantFrom('a', '計', '😀', '\u2028'), fc.integer({ min: 0, max: 90_000 }));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 6 }), (names) => {
        const texts = names.map(([unit, count]) => unit.repeat(count));
        write(
          '2026-11',
          texts.map((text, index) => line(index, text)),
        );
        expect(home.history.latest(10).map(({ task_name }) => task_name)).toEqual(texts.reverse());
      }),
      { numRuns: 25 },
    );
  });
});

it('since leaves out what ended before', async () => {
  for (const [ts, at] of [
    [1, '2026-09-30T10:00:00.000Z'],
    [2, '2026-11-20T09:59:59.999Z'],
    [3, '2026-11-20T10:00:00.000Z'],
    [4, '2026-12-01T10:00:00.000Z'],
  ] as const)
    await home.history.add(anEnded(ts, at));
  expect(idsOf(home.history.since('2026-11-20T10:00:00.000Z'))).toEqual(['3', '4']);
});
