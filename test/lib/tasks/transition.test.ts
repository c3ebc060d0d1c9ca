// Every status meets every event: what is legal, what changes nothing, and what cannot happen.

import { describe, expect, it } from 'vitest';
import type { Task, TaskStatus } from '../../../src/lib/tasks/record.ts';
import { parseTask, renderTask } from '../../../src/lib/tasks/record.ts';
import { type TaskEvent, transition } from '../../../src/lib/tasks/transition.ts';
import { aRun, aTask, firstTaskTs } from '../../support/tasks.ts';
import { at, cancelled, ended, gone, lost, queued, refused, started } from './task-events.ts';

const run = (n: number, outcome: Parameters<typeof aRun>[1], fields = {}) =>
  aRun(firstTaskTs, outcome, { n, ...fields });
/** Run 1 was lost, run 2 is the latest. */
const withTwo = (status: TaskStatus, second: ReturnType<typeof run>) =>
  aTask({ status, runs: [run(1, 'lost'), second] });

/** A task in each state that it can be in after a run or two. */
const states = {
  new: aTask(),
  held: aTask({ status: 'paused', reason: 'hold', runs: [], started_at: null }),
  lost: aTask({ status: 'pending', reason: 'lost', runs: [run(1, 'lost'), run(2, 'lost')] }),
  running: withTwo('running', run(2, null)),
  paused: withTwo('paused', run(2, 'paused')),
  completed: withTwo('completed', run(2, 'completed')),
  failed: withTwo('failed', run(2, 'failed')),
  cancelled: withTwo('cancelled', run(2, 'cancelled')),
  /** The outcome is known, its processes still live. */
  leaving: withTwo('completed', run(2, 'completed', { ended_at: null })),
  'waiting while its last run leaves': withTwo('pending', run(2, 'completed', { ended_at: null })),
};
type State = keyof typeof states;

/** Run 1 is older than the latest, 2; run 3 is the next, 4 would leave a gap. */
const events = {
  'started 1': started(1),
  'started 2': started(2),
  'started 3': started(3),
  'started 4': started(4),
  'ended 1': ended(1, 'completed'),
  'ended 2': ended(2, 'failed', { reason: 'limit' }),
  'ended 3': ended(3, 'completed'),
  'gone 1': gone(1),
  'gone 2': gone(2),
  'gone 3': gone(3),
  'lost 1': lost(1),
  'lost 2': lost(2),
  'lost 3': lost(3),
  queued: queued(),
  cancelled,
  'refused 1': refused(1),
  'refused 2': refused(2),
  'refused 3': refused(3),
} satisfies Record<string, TaskEvent>;
type EventName = keyof typeof events;

/** The status after the event; `-` where nothing changes, `x` where it cannot happen. */
const table = `
             lost       running  paused     completed  failed   cancelled  leaving
started 1    -          -        -          -          -        -          -
started 2    -          -        -          -          -        -          -
started 3    running    x        x          x          x        x          x
started 4    x          x        x          x          x        x          x
ended 1      -          -        -          -          -        -          -
ended 2      -          failed   -          -          -        -          -
ended 3      x          x        x          x          x        x          x
gone 1       -          -        -          -          -        -          -
gone 2       -          running  -          -          -        -          completed
gone 3       x          x        x          x          x        x          x
lost 1       -          -        -          -          -        -          -
lost 2       -          pending  -          -          -        -          -
lost 3       x          x        x          x          x        x          x
queued       -          x        pending    pending    pending  pending    pending
cancelled    cancelled  x        cancelled  x          x        -          x
refused 1    -          -        -          -          -        -          -
refused 2    -          -        -          -          -        -          -
refused 3    failed     x        x          x          x        x          x
`;

const [columns = [], ...rows] = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/ {2,}/));
const cases = rows.flatMap(([event, ...cells]) =>
  cells.map((cell, index) => [columns[index] as State, event as EventName, cell] as const),
);

/** What happens: the new status, `-` or `x`. */
function judge(task: Task, event: TaskEvent): string {
  const before = structuredClone(task);
  try {
    const { task: after, changed } = transition(task, event);
    expect(changed).toBe(after !== task);
    // Whatever comes out can be written down and read again.
    expect(parseTask(renderTask(after), 'after')).toEqual(after);
    return changed ? after.status : '-';
  } catch (error) {
    expect(error).toMatchObject({
      code: 'failed',
      message: expect.stringContaining(task.task_id),
      hint: expect.stringContaining('ccdispatch tasks show'),
    });
    return 'x';
  } finally {
    expect(task).toEqual(before);
  }
}

describe('a task that is', () => {
  it('shown in the table meets every event there', () => {
    expect(rows.map(([event]) => event)).toEqual(Object.keys(events));
    expect(new Set(columns.map((state) => states[state as State].status)).size).toBe(6);
  });

  it.each(cases)('%s meets "%s": %s', (state, event, expected) => {
    expect(judge(states[state], events[event])).toBe(expected);
  });

  it.each<[State, EventName, string]>([
    ['new', 'started 1', 'running'],
    ['new', 'started 2', 'x'],
    ['new', 'ended 1', 'x'],
    ['new', 'gone 1', 'x'],
    ['new', 'lost 1', 'x'],
    ['new', 'queued', '-'],
    ['new', 'cancelled', 'cancelled'],
    ['new', 'refused 1', 'failed'],
    ['new', 'refused 2', 'x'],
    ['held', 'started 1', 'x'],
    ['held', 'queued', 'pending'],
    ['waiting while its last run leaves', 'started 3', 'x'],
    ['waiting while its last run leaves', 'gone 2', 'pending'],
    ['waiting while its last run leaves', 'cancelled', 'cancelled'],
    ['held', 'cancelled', 'cancelled'],
    ['held', 'refused 1', 'x'],
  ])('%s meets "%s" as well: %s', (state, event, expected) => {
    expect(judge(states[state], events[event])).toBe(expected);
  });

  it('any of them stays as it is when the same happens again', () => {
    for (const [state, event, expected] of cases) {
      if (expected === 'x') continue;
      const { task } = transition(states[state], events[event]);
      expect(judge(task, events[event]), `${state}, ${event}`).toBe('-');
    }
  });
});

describe('what an event leaves in the record', () => {
  it('started: the run, open, and no trace of what the task waited for', () => {
    const { task } = transition(states.lost, started(3, { input_uuid: 'u' }));
    expect(task).toMatchObject({ status: 'running', reason: null, resume_at: null, started_at: at });
    expect(task.runs.at(-1)).toMatchObject({ n: 3, input_uuid: 'u', ended_at: null, outcome: null });
  });

  it.each([
    ['completed', null, { status: 'completed', reason: null, completed_at: at }],
    ['failed', null, { status: 'failed', reason: 'agent', completed_at: at }],
    ['failed', 'limit', { status: 'failed', reason: 'limit', completed_at: at }],
    ['cancelled', null, { status: 'cancelled', reason: 'user', completed_at: at }],
    ['paused', null, { status: 'paused', reason: 'user', completed_at: null }],
    ['paused', 'limit', { status: 'paused', reason: 'limit', completed_at: null }],
  ] as const)('ended as %s with reason %s', (outcome, reason, expected) => {
    const { task } = transition(states.running, ended(2, outcome, { reason, agent_session_id: 'conversation' }));
    expect(task).toMatchObject({
      ...expected,
      result: 'Said.',
      cost_usd: 0.5,
      usage: { input_tokens: 7, output_tokens: 3 },
      duration_ms: 1500,
      changed_files: ['a.txt'],
      agent_session_id: 'conversation',
    });
    expect(task.runs).toEqual([states.running.runs[0], { ...states.running.runs[1], outcome, ended_at: null }]);
  });

  it('ended with its processes gone: when', () => {
    const { task } = transition(states.running, ended(2, 'completed', { isGone: true }));
    expect(task.runs.at(-1)).toMatchObject({ outcome: 'completed', ended_at: at });
  });

  it('ended with something still running: that, until gone says when it went', () => {
    const { task } = transition(transition(states.running, ended(2, 'completed')).task, gone(2));
    expect(task.runs.at(-1)?.ended_at).toBe(at);
    const later = transition(task, { ...gone(2), at: '2026-11-21T10:00:00.000Z' });
    expect(later.changed).toBe(false);
  });

  it('ended by a pause that is to go on by itself: when', () => {
    const resume_at = '2026-11-21T00:00:00.000Z';
    expect(transition(states.running, ended(2, 'paused', { resume_at })).task).toMatchObject({ resume_at });
    expect(transition(states.running, ended(2, 'failed', { resume_at })).task).toMatchObject({ resume_at: null });
  });

  it('ended without a conversation: the one it had', () => {
    const task = { ...states.running, agent_session_id: 'old' };
    expect(transition(task, ended(2, 'completed')).task.agent_session_id).toBe('old');
  });

  it('lost: a closed run, and a task that waits', () => {
    const { task } = transition(states.running, lost(2));
    expect(task).toMatchObject({ status: 'pending', reason: 'lost' });
    expect(task.runs.at(-1)).toMatchObject({ outcome: 'lost', ended_at: at });
  });

  it('queued: nothing of the last result', () => {
    const { task } = transition({ ...states.failed, continues: true, note: 'n' }, queued());
    expect(task).toMatchObject({ reason: null, result: null, duration_ms: null, note: null, completed_at: null });
    expect(task).toMatchObject({ continues: true, agent_session_id: states.failed.agent_session_id });
  });

  it('queued afresh: another conversation and another line', () => {
    const { task } = transition({ ...states.completed, continues: true }, queued('new'));
    expect(task).toMatchObject({ continues: false, agent_session_id: 'new', input_uuid: 'line of new' });
  });

  it.each([
    ['cancelled', states.paused, cancelled, 3, 'cancelled', 'user'],
    ['refused', states.lost, refused(3), 3, 'failed', 'spawn'],
  ] as const)('%s: a run of its own that never was a process', (_type, before, event, n, outcome, reason) => {
    const { task } = transition(before, event);
    expect(task).toMatchObject({ status: outcome, reason, completed_at: at, resume_at: null });
    expect(task.runs.at(-1)).toMatchObject({ n, pid: 0, outcome, started_at: at, ended_at: at });
  });
});
