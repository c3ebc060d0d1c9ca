// What goes and what stays, as tables over pure functions.

import { describe, expect, it } from 'vitest';
import {
  type CleanupOptions,
  type CleanupView,
  orphanAgeMs,
  planCleanup,
  type TaskFacts,
  type WorkspaceFacts,
} from '../../../src/lib/cleanup/plan.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-20T12:00:00Z');
const daysAgo = (days: number) => new Date(now - days * day).toISOString();
const root = '/home/ali/.ccdispatch/workspaces';
const id = (n: number, chat = '5') => `task-${chat}-${n}`;
const at = (taskId: string) => `${root}/${taskId.replace(/^task-(.*)-\d+$/, '$1')}/${taskId}`;

const options: CleanupOptions = { olderThanMs: 30 * day, keepFailed: false, maxBytes: null, forceWorkspaces: false };

function aTask(n: number, fields: Partial<TaskFacts> = {}): TaskFacts {
  return {
    taskId: id(n),
    status: 'completed',
    completedAt: daysAgo(40),
    isQuiet: true,
    workdirs: [at(id(n))],
    profile: null,
    conversation: `c${n}`,
    leftConversations: [],
    isConversationOurs: true,
    bytes: 10,
    ...fields,
  };
}

function aSpace(n: number, fields: Partial<WorkspaceFacts> = {}): WorkspaceFacts {
  return { path: at(id(n)), taskId: id(n), modifiedAt: now - 40 * day, bytes: 100, unsaved: null, ...fields };
}

/** The numbers of what goes: tasks, workspaces, conversations. */
function going(view: Partial<CleanupView>, changed: Partial<CleanupOptions> = {}) {
  const whole: CleanupView = {
    now,
    workspacesRoot: root,
    tasks: [],
    begun: [],
    broken: [],
    held: new Set(),
    workspaces: [],
    homeBytes: null,
    ...view,
  };
  const plan = planCleanup(whole, { ...options, ...changed });
  const number = (taskId: string) => Number(taskId.split('-').at(-1));
  return {
    tasks: plan.tasks.map(({ taskId }) => number(taskId)),
    workspaces: plan.workspaces.map(({ taskId }) => number(taskId)),
    kept: plan.kept.map(({ taskId }) => number(taskId)),
    conversations: plan.conversations.map(({ id: conversation }) => conversation),
    bytesOver: plan.bytesOver,
  };
}

const nothing = { tasks: [], workspaces: [], kept: [], conversations: [], bytesOver: 0 };
const all = { tasks: [1], workspaces: [1], kept: [], conversations: ['c1'], bytesOver: 0 };

describe('a task', () => {
  it.each<[string, Partial<TaskFacts>, Partial<CleanupOptions>, boolean]>([
    ['that ended long ago goes', {}, {}, true],
    ['that failed goes', { status: 'failed' }, {}, true],
    ['that failed stays when asked for', { status: 'failed' }, { keepFailed: true }, false],
    ['that was cancelled goes also then', { status: 'cancelled' }, { keepFailed: true }, true],
    ['that ended lately stays', { completedAt: daysAgo(29) }, {}, false],
    ['that ended lately goes when asked for', { completedAt: daysAgo(1) }, { olderThanMs: 0 }, true],
    ['that has not ended stays', { status: 'running', completedAt: null }, { olderThanMs: 0 }, false],
    ['that is paused stays', { status: 'paused', completedAt: null }, { olderThanMs: 0 }, false],
    ['whose processes live stays', { isQuiet: false }, { olderThanMs: 0 }, false],
  ])('%s', (_case, fields, changed, goes) => {
    expect(going({ tasks: [aTask(1, fields)], workspaces: [aSpace(1)] }, changed)).toEqual(goes ? all : nothing);
  });

  it('stays while it is queued or has something undelivered', () => {
    expect(going({ tasks: [aTask(1)], workspaces: [aSpace(1)], held: new Set([id(1)]) })).toEqual(nothing);
  });

  it('whose removal was begun goes in any case', () => {
    expect(going({ begun: [aTask(1, { completedAt: daysAgo(0) })], workspaces: [aSpace(1)] })).toEqual(all);
  });
});

describe('a workspace', () => {
  const kept = (fields: Partial<TaskFacts>) => aTask(2, { completedAt: daysAgo(1), conversation: null, ...fields });

  it.each<[string, string, boolean]>([
    ['stays while another task works in it', at(id(1)), false],
    ['stays while another task works below it', `${at(id(1))}/src/lib`, false],
    ['stays while another task works in the folder of its chat', `${root}/5`, false],
    ['stays while another task works in the folder of all workspaces', root, false],
    ['goes although another task works in another chat', `${root}/6`, true],
    ['goes although another task works far above', '/home/ali', true],
    ['goes although another task works in a folder of a similar name', `${at(id(1))}0`, true],
  ])('%s', (_case, workdir, goes) => {
    const found = going({ tasks: [aTask(1), kept({ workdirs: [workdir] })], workspaces: [aSpace(1)] });
    expect(found).toMatchObject({ tasks: [1], workspaces: goes ? [1] : [] });
  });

  it('goes with the last of several tasks that worked in it', () => {
    const shared = [aTask(1), aTask(2, { workdirs: [at(id(1))] })];
    expect(going({ tasks: shared, workspaces: [aSpace(1)] })).toMatchObject({ tasks: [1, 2], workspaces: [1] });
    const held = new Set([id(2)]);
    expect(going({ tasks: shared, workspaces: [aSpace(1)], held })).toMatchObject({ tasks: [1], workspaces: [] });
  });

  it('stays with its own task, wherever that works', () => {
    const task = aTask(1, { workdirs: ['/srv/project'], completedAt: daysAgo(1) });
    expect(going({ tasks: [task], workspaces: [aSpace(1)] })).toEqual(nothing);
  });

  it('of no task goes once it is surely not being made', () => {
    expect(going({ workspaces: [aSpace(1)] })).toMatchObject({ workspaces: [1] });
    const young = aSpace(1, { modifiedAt: now - orphanAgeMs + 1000 });
    expect(going({ workspaces: [young] })).toEqual(nothing);
    expect(going({ workspaces: [aSpace(1)], held: new Set([id(1)]) })).toEqual(nothing);
  });

  it('with unsaved work stays, unless it is told to go', () => {
    const view = { tasks: [aTask(1)], workspaces: [aSpace(1, { unsaved: 'unpushed' })] };
    expect(going(view)).toMatchObject({ tasks: [1], workspaces: [], kept: [1] });
    expect(going(view, { forceWorkspaces: true })).toMatchObject({ tasks: [1], workspaces: [1], kept: [] });
  });

  it('that a broken record may use stays', () => {
    const view = { tasks: [aTask(1), aTask(3)], workspaces: [aSpace(1), aSpace(2), aSpace(3)] };
    const broken = (workdir: string | null) =>
      going({ ...view, broken: [{ taskId: id(2), workdirs: workdir === null ? null : [workdir] }] }).workspaces;
    expect(broken(at(id(1)))).toEqual([3]);
    expect(broken('/elsewhere')).toEqual([1, 3]);
    // Without any trace of its folder it may be each of its chat's.
    expect(broken(null)).toEqual([]);
    expect(going({ ...view, broken: [{ taskId: id(2, '6'), workdirs: null }] }).workspaces).toEqual([1, 2, 3]);
  });
});

describe('a conversation', () => {
  it('stays while a task that stays could go on with it', () => {
    const other = aTask(2, { conversation: 'c1', completedAt: daysAgo(1) });
    expect(going({ tasks: [aTask(1), other] })).toMatchObject({ tasks: [1], conversations: [] });
  });

  it('of a person stays', () => {
    expect(going({ tasks: [aTask(1, { isConversationOurs: false })] })).toMatchObject({ conversations: [] });
    const fresh = aTask(1, { leftConversations: ['a', 'b'] });
    expect(going({ tasks: [fresh] })).toMatchObject({ conversations: ['c1', 'a', 'b'] });
    const goesOn = aTask(2, { conversation: 'a', completedAt: daysAgo(1) });
    expect(going({ tasks: [fresh, goesOn] })).toMatchObject({ conversations: ['c1', 'b'] });
    // One task began it, another went on with it.
    const both = [aTask(1), aTask(2, { conversation: 'c1', isConversationOurs: false })];
    expect(going({ tasks: both })).toMatchObject({ conversations: ['c1'] });
  });
});

describe('a limit on the size of the home', () => {
  const tasks = [1, 2, 3, 4].map((n) => aTask(n, { completedAt: daysAgo(10 - n) }));
  const workspaces = [1, 2, 3, 4].map((n) => aSpace(n));

  it.each([
    [1000, [], 0],
    [600, [], 0],
    [599, [1], 0],
    [490, [1], 0],
    [489, [1, 2], 0],
    [100, [1, 2, 3, 4], 60],
  ])('of %i makes the oldest go until the home is below it', (maxBytes, expected, bytesOver) => {
    expect(going({ tasks, workspaces, homeBytes: 600 }, { maxBytes })).toMatchObject({ tasks: expected, bytesOver });
  });

  it('counts what goes because of its age first', () => {
    const view = { tasks: [aTask(9), ...tasks], workspaces, homeBytes: 600 };
    expect(going(view, { maxBytes: 590 }).tasks).toEqual([9]);
  });

  it('counts a shared workspace once, with its last task, and one with unsaved work not at all', () => {
    const shared = [
      tasks[0],
      tasks[1],
      aTask(3, { workdirs: [at(id(1))], completedAt: daysAgo(6.5) }),
      tasks[3],
    ] as TaskFacts[];
    expect(going({ tasks: shared, workspaces, homeBytes: 600 }, { maxBytes: 369 }).tasks).toEqual([1, 2, 3]);
    const withWork = [aSpace(1, { unsaved: 'uncommitted' }), ...workspaces.slice(1)];
    expect(going({ tasks, workspaces: withWork, homeBytes: 600 }, { maxBytes: 490 }).tasks).toEqual([1, 2]);
  });

  it('makes nothing go that must stay', () => {
    const held = new Set([id(1)]);
    const failed = tasks.map((task) => ({ ...task, status: 'failed' as const }));
    expect(going({ tasks, workspaces, held, homeBytes: 600 }, { maxBytes: 0 }).tasks).toEqual([2, 3, 4]);
    expect(going({ tasks: failed, workspaces, homeBytes: 600 }, { maxBytes: 0, keepFailed: true }).tasks).toEqual([]);
  });
});
