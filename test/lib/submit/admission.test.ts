// Admission: who may not is told what is missing and what to do, it stands in the audit log, and no quota is lost by it.

import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { type AdmissionError, admit, admitRetry, liveTasksOf } from '../../../src/lib/submit/admission.ts';
import { parseRequest } from '../../../src/lib/submit/request.ts';
import type { Person } from '../../../src/lib/users/record.ts';
import { addTask, aRun, firstTaskTs, type TaskFields } from '../../support/tasks.ts';
import { openPeople, type PeopleHome } from '../users/people.ts';

interface Admission extends PeopleHome {
  parts: Parameters<typeof liveTasksOf>[0] & Omit<Parameters<typeof admit>[0], 'person' | 'request' | 'taskId'>;
  person: Person;
  ask(taskId: string, options?: Record<string, unknown>): ReturnType<typeof admit>;
  /** Puts a task there, as it would be after being made. */
  make(taskId: string, fields?: TaskFields): ReturnType<typeof addTask>;
  used(): number;
}

const id = (n: number) => `task-5-${firstTaskTs + n}`;

/** A home with user 5, whose record is given. */
function openAdmission(record: Record<string, unknown> = {}): Admission {
  const people = openPeople();
  people.write({ users: { '5': { name: 'A', enabled: true, time_zone: 'Asia/Shanghai', ...record } } });
  const { home, users } = people;
  const parts = { users, tasks: home.tasks, queue: home.queue, paths: home.paths, settings: configSchema.parse({}) };
  const person = users.find('5') as Person;
  return {
    ...people,
    parts,
    person,
    ask: (taskId, options = {}) => {
      const request = parseRequest({ prompt: 'x', group: '5', ...options }, 0);
      return admit({ ...parts, person, request, taskId });
    },
    async make(taskId, fields = {}) {
      const task = await addTask(home, { task_id: taskId, user_id: '5', ...fields });
      if (task.status === 'pending') {
        await home.queue.add({ priority: 5, queuedAt: 1, user: '5', taskId });
      }
      return task;
    },
    used: () => users.usedToday(person).tasks,
  };
}

/** The refusal, as a person reads it. */
async function refusalOf(admitted: Promise<unknown>): Promise<string[]> {
  const error = await admitted.then(
    () => null,
    (caught: AdmissionError) => caught,
  );
  return error ? [`${error.code} ${error.exitCode}`, error.refusal.kind, error.message, error.hint] : ['let through'];
}

describe('somebody is refused', () => {
  it('who is not known any more', async () => {
    const { ask, write } = openAdmission();
    write({ users: {} });
    expect(await refusalOf(ask(id(1)))).toMatchInlineSnapshot(`
      [
        "not-allowed 4",
        "unknown",
        "You are not known here.",
        "Ask to be let in with /register.",
      ]
    `);
  });

  it('who was switched off since his message came', async () => {
    const { ask, users, used } = openAdmission();
    await users.change('5', { enabled: false }, 'shell');
    expect(await refusalOf(ask(id(1)))).toMatchInlineSnapshot(`
      [
        "not-allowed 4",
        "disabled",
        "You were switched off here.",
        "Ask an admin for: /users enable 5",
      ]
    `);
    expect(used()).toBe(0);
  });

  it('who asks for features that he does not have', async () => {
    const { ask, used } = openAdmission({ allowed_features: ['ali'] });
    expect(await refusalOf(ask(id(1), { ali: true, yolo: true, agent: 'codex' }))).toMatchInlineSnapshot(`
      [
        "not-allowed 4",
        "features",
        "You may not use: yolo, codex.",
        "Leave it out, or ask an admin for: /users allow 5 yolo codex",
      ]
    `);
    expect(await refusalOf(ask(id(1), { ali: true }))).toEqual(['let through']);
    expect(used()).toBe(1);
  });

  it('whose default agent is one that he may not use', async () => {
    const { parts, person } = openAdmission();
    const settings = configSchema.parse({ agents: { default: 'codex' } });
    const request = parseRequest({ prompt: 'x' }, 0);
    const refused = admit({ ...parts, settings, person, request, taskId: id(1) });
    await expect(refused).rejects.toMatchObject({ refusal: { kind: 'features', missing: ['codex'] } });
  });

  it('who names a folder that is not among the workspaces of his chat', async () => {
    const { ask, home } = openAdmission();
    const folders = [
      '/srv',
      home.paths.workspace('6', 'x'),
      `${home.paths.workspaces}/5/../6/x`,
      home.paths.workspaces,
    ];
    for (const workdir of folders) {
      await expect(ask(id(1), { workdir })).rejects.toMatchObject({ refusal: { missing: ['repo'] } });
    }
    await ask(id(1), { workdir: home.paths.workspace('5', 'task-5-1') });
  });

  const tomorrow = 'It is new at 2026-11-21 00:00 (Asia/Shanghai); an admin can give you more.';

  it.each([
    ['daily', { daily: 1 }, 'Your quota of 1 task a day has no room for this (1 used).', tomorrow],
    ['cost_usd', { cost_usd: 0.25 }, 'Your quota of $0.2500 a day is used up ($0.3000).', tomorrow],
    ['tokens', { tokens: 1000 }, 'Your quota of 1000 tokens a day is used up (1000).', tomorrow],
    [
      'concurrent',
      { concurrent: 1 },
      'You may have 1 task waiting or running at once; now there is 1.',
      'Try again when one has ended, or cancel one.',
    ],
  ])('whose quota %s has no room', async (_name, quota, message, hint) => {
    const { ask, make, users, home } = openAdmission({ quota });
    await ask(id(1));
    await make(id(1));
    const spent = await addTask(home, {
      task_id: 'task-5-9',
      user_id: '5',
      status: 'completed',
      completed_at: '2026-11-20T05:00:00Z',
      cost_usd: 0.3,
      usage: { input_tokens: 800, output_tokens: 200 },
    });
    await users.quotas.settle(spent);
    expect(await refusalOf(ask(id(2)))).toEqual(['limited 7', 'quota', message, hint]);
    expect(await refusalOf(ask(id(1)))).toEqual(['let through']);
  });

  it('is in the audit log, with why', async () => {
    const { ask, users } = openAdmission({ quota: { daily: 0 } });
    await ask(id(1), { yolo: true }).catch(() => {});
    await ask(id(2)).catch(() => {});
    expect(users.audit(9).map(({ by, act, user, detail }) => [by, act, user, detail])).toEqual([
      [
        '5',
        'refused',
        '5',
        { why: 'quota', quota: 'daily', limit: 0, used: 0, until: '2026-11-20T16:00:00.000Z', task_id: id(2) },
      ],
      ['5', 'refused', '5', { why: 'features', missing: ['yolo'], task_id: id(1) }],
    ]);
  });
});

describe('a task', () => {
  it('that is there was let through before, whatever has changed', async () => {
    const { ask, make, users, used } = openAdmission({ quota: { daily: 1 } });
    await ask(id(1));
    await make(id(1));
    await users.change('5', { enabled: false }, 'shell');
    expect(await refusalOf(ask(id(1)))).toEqual(['let through']);
    expect(used()).toBe(1);
  });

  it('that was let through and then refused on a replay gives back what it took', async () => {
    const { ask, users, used } = openAdmission({ quota: { daily: 2 } });
    await ask(id(1));
    await users.change('5', { enabled: false }, 'shell');
    expect(await refusalOf(ask(id(1)))).toContain('disabled');
    expect(used()).toBe(0);
  });

  it('that could not be made is released; one that was made is not', async () => {
    const { ask, make, used } = openAdmission();
    const first = await ask(id(1));
    await first.release();
    await first.release();
    expect(used()).toBe(0);
    const second = await ask(id(2));
    await make(id(2));
    await second.release();
    expect(used()).toBe(1);
  });

  it('takes the last of a quota from one of two that come at once', async () => {
    const { ask, used } = openAdmission({ quota: { daily: 3 } });
    const outcomes = await Promise.all([1, 2, 3, 4, 5, 6].map(async (n) => (await refusalOf(ask(id(n))))[0]));
    expect(outcomes.filter((outcome) => outcome === 'let through')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'limited 7')).toHaveLength(3);
    expect(used()).toBe(3);
  });
});

describe('running a task once more', () => {
  it('takes one of the quota each time, and none on a replay', async () => {
    const { parts, person, make, used, ask } = openAdmission({ quota: { daily: 2 } });
    await ask(id(1));
    const task = await make(id(1), { status: 'failed' });
    await admitRetry({ ...parts, person, task });
    await admitRetry({ ...parts, person, task });
    expect(used()).toBe(2);
    const again = { ...task, runs: [...task.runs, aRun(firstTaskTs, 'failed', { n: 2 })] };
    expect(await refusalOf(admitRetry({ ...parts, person, task: again }))).toContain('limited 7');
  });

  it('needs the features that it was made with', async () => {
    const { parts, person, make } = openAdmission();
    const task = await make(id(1), { status: 'failed', options: { yolo: true }, profile: 'ali' });
    await expect(admitRetry({ ...parts, person, task })).rejects.toMatchObject({
      refusal: { kind: 'features', missing: ['ali', 'yolo'] },
    });
  });

  it('takes nothing while it has not ended, and gives back where it could not be queued', async () => {
    const { parts, person, make, used } = openAdmission();
    const waiting = await make(id(1));
    await admitRetry({ ...parts, person, task: waiting });
    expect(used()).toBe(0);
    const task = await make(id(2), { status: 'cancelled' });
    const admitted = await admitRetry({ ...parts, person, task });
    expect(used()).toBe(1);
    await admitted.release();
    expect(used()).toBe(0);
  });

  it("is on the quota of whoever asks, not on the owner's", async () => {
    const { parts, users, make, used } = openAdmission({ quota: { daily: 0 } });
    await users.change('6', { enabled: true }, 'shell');
    const task = await make(id(1), { status: 'failed' });
    const other = users.find('6') as Person;
    await admitRetry({ ...parts, person: other, task });
    expect([used(), users.usedToday(other).tasks]).toEqual([0, 1]);
  });
});

describe('live tasks', () => {
  it("are the user's that wait or run; ended, paused and others' are not", async () => {
    const { parts, make, home } = openAdmission();
    await make(id(1));
    for (const [n, fields] of [
      [2, { status: 'running' }],
      [3, { status: 'completed' }],
      [4, { status: 'running', user_id: '6' }],
      [5, { status: 'paused' }],
    ] as const) {
      await make(id(n), fields);
      home.files.makeFolder(home.paths.active);
      await home.files.create(`${home.paths.active}/${id(n)}`, '');
    }
    await home.files.create(`${home.paths.active}/${id(8)}`, '');
    await home.queue.add({ priority: 5, queuedAt: 1, user: '6', taskId: id(9) });
    expect([...liveTasksOf(parts).of('5')].sort()).toEqual([id(1), id(2)]);
  });

  it('are awaited until they are there, and until they are queued again', async () => {
    const { parts, make } = openAdmission();
    await make(id(1));
    await make(id(2), { status: 'failed' });
    const { isAwaited } = liveTasksOf(parts);
    expect([isAwaited(id(3), 1), isAwaited(id(1), 1), isAwaited(id(2), 1), isAwaited(id(2), 2)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
