// Why a task is not further: every reason has its code, its sentence, and what to type next where there is something to do.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { configSchema } from '../../../../src/lib/config/schema.ts';
import { saveIntent } from '../../../../src/lib/runs/intent.ts';
import { type WhyParts, whyTask } from '../../../../src/lib/runs/waiting/why.ts';
import { createApprovals } from '../../../../src/lib/tasks/approvals.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { addTask, type TaskFields } from '../../../support/tasks.ts';
import { makeRunHome, type RunHome } from '../run-home.ts';

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
      after: null,
      until: null,
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

  it('for its time, or another task, whether a worker lives or not', async () => {
    const until = new Date(home.clock.now() + 60_000).toISOString();
    const planned = await addTask(home, { task_id: 'task-local-1', start_at: until });
    await home.queue.add({ priority: 5, queuedAt: Date.parse(until), user: 'a', taskId: planned.task_id });
    const follower = await addTask(home, { task_id: 'task-local-2', after: planned.task_id });
    const marker = { priority: 5, queuedAt: home.clock.now(), user: 'a', taskId: follower.task_id };
    await home.queue.add({ ...marker, after: planned.task_id });
    const time = expect.stringMatching(/^It starts at \d{4}-\d\d-\d\d \d\d:\d\d\. No worker lives\./);
    expect(why(planned)).toMatchObject({ waits_for: 'at', until, position: null, text: time });
    startWorker();
    expect(why(follower)).toMatchObject({
      waits_for: 'after',
      after: { task_id: planned.task_id, task_name: 'calc' },
      text: 'It comes after task-local-1 (calc), which has not ended.',
    });
  });

  it('for what the worker says of itself', async () => {
    const lock = home.locks.tryTake(home.paths.workerLock, 'worker');
    onTestFinished(() => lock?.release());
    limits = { maxTokensPerMinute: 1000 };
    const task = await queue(9);
    await run(1);
    lock?.describe({ held_back: 'tokens' });
    expect(why(task)).toMatchObject({ waits_for: 'tokens', text: expect.stringContaining('1000 tokens were used') });
    lock?.describe({ held_back: 'disk' });
    expect(why(task)).toMatchObject({ waits_for: 'disk', text: expect.stringContaining('The disk is full') });
    lock?.describe({ held_back: null, waits_for_disk: [task.task_id] });
    expect(why(task).waits_for).toBe('next');
    home.queue.claim(home.queue.waiting()[0] as never);
    expect(why(task)).toMatchObject({ waits_for: 'files', text: expect.stringContaining('limits.maxFileOperations') });
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

describe('a task that is being stopped', () => {
  it.each([
    ['pause', 'pausing', 'It is being paused (conflict). Go on in a moment with: ccdispatch tasks resume'],
    ['cancel', 'stopping', 'It is being ended (conflict).'],
  ] as const)('says so: %s', async (kind, waits_for, text) => {
    const task = await addTask(home, { status: 'running' });
    const folder = home.paths.run(task.task_id, 1);
    await saveIntent(home.files, folder, { kind, reason: 'conflict', detail: null, at: '2026-11-20T10:00:00Z' });
    expect(why(task)).toMatchObject({ waits_for, position: null, text: expect.stringContaining(text) });
  });
});

describe('a task that does neither', () => {
  it.each<[TaskFields, string, string]>([
    [{ status: 'paused', reason: 'hold', runs: [] }, 'hold', 'ccdispatch tasks start'],
    [{ status: 'paused', reason: 'limit' }, 'limit', 'It is paused (limit).'],
    [{ status: 'paused', reason: 'limit' }, 'limit', ' --at-reset)'],
    [
      { status: 'paused', reason: 'budget', result: 'It wrote\na.txt.' },
      'budget',
      'It is paused (budget). It wrote a.txt. Go on with: ccdispatch tasks resume',
    ],
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
