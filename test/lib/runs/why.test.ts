// Why a task is not further: every reason has its code, its sentence, and what to type next where there is something to do.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { type WhyParts, whyTask } from '../../../src/lib/runs/why.ts';
import { createApprovals } from '../../../src/lib/tasks/approvals.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { addTask, type TaskFields } from '../../support/tasks.ts';
import { makeRunHome, type RunHome } from './run-home.ts';

let home: RunHome;
let limits: object;
let freeMemory: number;
beforeEach(() => {
  home = makeRunHome();
  limits = {};
  freeMemory = 8 * 1024 ** 3;
});

const parts = (): WhyParts => ({
  ...home,
  machine: { freeMemory: () => freeMemory, freeDisk: () => null },
  settings: configSchema.parse({ limits }),
});
const why = (task: Task) => whyTask(task, parts());

function startWorker(purpose = 'worker') {
  const lock = home.locks.tryTake(home.paths.workerLock, purpose);
  onTestFinished(() => lock?.release());
}

async function queue(n: number, fields: TaskFields = {}) {
  const task = await addTask(home, { task_id: `task-local-${n}`, user_id: 'a', ...fields });
  const user = task.user_id ?? 'local';
  await home.queue.add({ priority: task.priority, queuedAt: home.clock.now(), user, taskId: task.task_id });
  return task;
}

async function run(n: number, fields: TaskFields = {}) {
  const task = await addTask(home, { task_id: `task-local-${n}`, user_id: 'a', status: 'running', ...fields });
  home.files.makeFolder(home.paths.active);
  writeFileSync(join(home.paths.active, task.task_id), '');
  return task;
}

describe('a task that waits', () => {
  it('is next', async () => {
    startWorker();
    expect(why(await queue(1))).toEqual({
      task_id: 'task-local-1',
      status: 'pending',
      waits_for: 'next',
      position: 1,
      text: 'It is next and starts in a moment.',
    });
  });

  it.each<[string, object, () => Promise<Task>, object]>([
    [
      'its turn',
      {},
      () => queue(1, { priority: 9 }),
      { waits_for: 'order', position: 2, text: '1 before it in the queue.' },
    ],
    [
      'a slot',
      { maxSessions: 1 },
      () => run(1, { user_id: 'b' }),
      { waits_for: 'slots', text: expect.stringContaining('All 1 slots') },
    ],
    [
      'a slot of its user',
      { perUser: 1 },
      () => run(1),
      { waits_for: 'user_slots', text: expect.stringContaining('limits.perUser') },
    ],
    [
      'a fair share',
      { maxSessions: 3 },
      async () => {
        await run(1);
        return await run(2, { user_id: 'b' });
      },
      { waits_for: 'fair_share' },
    ],
    [
      'its conversation',
      {},
      () => run(1, { agent_session_id: 'c' }),
      { waits_for: 'conversation', text: 'task-local-1 works in the same conversation.' },
    ],
  ])('for %s', async (_what, given, prepare, expected) => {
    startWorker();
    limits = given;
    await prepare();
    const task = await queue(9, { agent_session_id: 'c' });
    expect(why(task)).toMatchObject(expected);
  });

  it('for memory, as long as something else runs', async () => {
    startWorker();
    freeMemory = 100 * 1024 ** 2;
    const task = await queue(9);
    expect(why(task).waits_for).toBe('next');
    await run(1);
    expect(why(task)).toMatchObject({ waits_for: 'memory', text: expect.stringContaining('512 MB') });
  });

  it('for a worker, whoever else may hold its lock', async () => {
    const task = await queue(1);
    expect(why(task)).toMatchObject({
      waits_for: 'no_worker',
      position: 1,
      text: expect.stringContaining('ccdispatch worker'),
    });
    startWorker('settle');
    expect(why(task).waits_for).toBe('no_worker');
  });

  it('for the end of its last run', async () => {
    startWorker();
    const task = await queue(1);
    home.files.makeFolder(home.paths.active);
    writeFileSync(join(home.paths.active, task.task_id), '');
    expect(why(task).waits_for).toBe('ending');
  });

  it('for nothing more: it was taken', async () => {
    const task = await queue(1);
    home.queue.claim(home.queue.waiting()[0] as never);
    expect(why(task)).toMatchObject({ waits_for: 'starting', position: null });
  });

  it('in no queue at all can be put back there', async () => {
    const task = await addTask(home);
    expect(why(task)).toMatchObject({
      waits_for: 'no_marker',
      text: expect.stringContaining(
        `ccdispatch tasks cancel ${task.task_id} && ccdispatch tasks retry ${task.task_id}`,
      ),
    });
  });

  it('is not held up by a neighbour whose record is broken', async () => {
    startWorker();
    const broken = await run(1);
    writeFileSync(join(home.paths.task(broken.task_id), 'task-meta.json'), '');
    expect(why(await queue(2)).waits_for).toBe('next');
  });
});

describe('a task that runs', () => {
  it('says since when', async () => {
    const task = await run(1);
    expect(why(task)).toMatchObject({
      waits_for: 'running',
      text: expect.stringContaining(`since ${task.started_at}`),
    });
  });

  it('waits for an answer, and takes no slot meanwhile', async () => {
    startWorker();
    limits = { maxSessions: 1 };
    const asking = await run(1);
    const waiting = await queue(2);
    expect(why(waiting).waits_for).toBe('slots');
    await createApprovals(home).ask({
      task_id: asking.task_id,
      run: 1,
      tool: 'Bash\u001b[2J',
      input: {},
      fingerprint: 'f',
      agent_id: null,
      asked_at: '2026-11-20T10:00:00.000Z',
      expires_at: '2026-11-20T11:00:00.000Z',
      waiter: null,
    });
    expect(why(asking)).toMatchObject({ waits_for: 'approval', text: expect.stringContaining('use Bash[2J. See and') });
    expect(why(waiting).waits_for).toBe('next');
  });
});

describe('a task that does neither', () => {
  it.each<[TaskFields, string, string]>([
    [{ status: 'paused', reason: 'hold', runs: [] }, 'hold', 'ccdispatch tasks start'],
    [{ status: 'paused', reason: 'limit' }, 'limit', 'It is paused (limit).'],
    [{ status: 'completed' }, 'ended', 'It has ended: completed, '],
    [{ status: 'failed', reason: 'auth' }, 'ended', 'It has ended: failed (auth), '],
    [{ status: 'cancelled' }, 'ended', 'It has ended: cancelled (user), '],
  ])('%j', async (fields, waits_for, text) => {
    expect(why(await addTask(home, fields))).toMatchObject({
      waits_for,
      position: null,
      text: expect.stringContaining(text),
    });
  });
});
