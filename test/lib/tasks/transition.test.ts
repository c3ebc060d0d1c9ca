// Every status meets every event: what is legal, what changes nothing, and what cannot happen.

import { describe, expect, it } from 'vitest';
import type { Task, TaskStatus } from '../../../src/lib/tasks/record.ts';
import { parseTask, renderTask } from '../../../src/lib/tasks/record.ts';
import { type TaskEvent, transition } from '../../../src/lib/tasks/transition.ts';
import { aRun, aTask, firstTaskTs } from '../../support/tasks.ts';
import { at, cancelled, ended, gone, lost, noted, paused, queued, refused, started } from './task-events.ts';

const run = (n: number, outcome: Parameters<typeof aRun>[1], fields = {}) =>
  aRun(firstTaskTs, outcome, { n, ...fields });
/** Run 1 was lost, run 2 is the latest. */
const withTwo = (status: TaskStatus, second: ReturnType<typeof run>) =>
  aTask({ status, runs: [run(1, 'lost'), second] });

/** A task in each state that it can be in. */
const states = {
  new: aTask(),
  held: aTask({ status: 'paused', reason: 'hold', runs: [], started_at: null }),
  lost: aTask({ status: 'pending', reason: 'lost', runs: [run(1, 'lost'), run(2, 'lost')] }),
  running: withTwo('running', run(2, null)),
  paused: withTwo('paused', run(2, 'paused')),
  /** Paused for something that ends by itself. */
  limited: { ...withTwo('paused', run(2, 'paused')), reason: 'limit', resume_at: at } as Task,
  /** Paused, its processes still live. */
  pausing: withTwo('paused', run(2, 'paused', { ended_at: null })),
  completed: withTwo('completed', run(2, 'completed')),
  failed: withTwo('failed', run(2, 'failed')),
  cancelled: withTwo('cancelled', run(2, 'cancelled')),
  /** The outcome is known, its processes still live. */
  leaving: withTwo('completed', run(2, 'completed', { ended_at: null })),
  /** It waits again, while the processes of its last run still live. */
  again: withTwo('pending', run(2, 'paused', { ended_at: null })),
};
type State = keyof typeof states;

/** Every type of event: one that is missing here, or there is not, does not compile. */
const everyType = Object.keys({
  started: 0,
  ended: 0,
  gone: 0,
  lost: 0,
  queued: 0,
  paused: 0,
  cancelled: 0,
  refused: 0,
} satisfies Record<TaskEvent['type'], 0>) as TaskEvent['type'][];

/**
 * Which run an event speaks of: one before the latest, the latest, the one that would come next, and one beyond. A task that
 * never ran has neither of the first two.
 */
const runNames = ['older', 'latest', 'next', 'gap'] as const;
const runOf = (task: Task, name: string): number => task.runs.length + runNames.indexOf(name as never) - 1;

const ofRun = {
  started,
  'ended completed': (n: number) => ended(n, 'completed'),
  'ended failed': (n: number) => ended(n, 'failed', { reason: 'limit' }),
  'ended cancelled': (n: number) => ended(n, 'cancelled'),
  'ended paused': (n: number) => ended(n, 'paused', { reason: 'user' }),
  gone,
  lost,
  refused,
} satisfies Record<string, (n: number) => TaskEvent>;
const ofTask = {
  queued: queued(),
  'queued afresh': queued('new'),
  'queued, note': noted('n-1'),
  'paused, user': paused('user'),
  'paused, limit': paused('limit'),
  cancelled,
} satisfies Record<string, TaskEvent>;

const eventNames = [
  ...Object.keys(ofRun).flatMap((name) => runNames.map((one) => `${name}, ${one}`)),
  ...Object.keys(ofTask),
];
const eventOf = (task: Task, name: string): TaskEvent => {
  const whole = ofTask[name as keyof typeof ofTask];
  if (whole) return whole;
  const [kind = '', which = ''] = name.split(', ');
  return ofRun[kind as keyof typeof ofRun](runOf(task, which));
};

/** The status after the event; `-` where nothing changes, `x` where it cannot happen, `.` where there is no such run. */
const table = `
                          new        held       lost       running    paused     limited    pausing    completed  failed     cancelled  leaving    again
started, older            .          .          -          -          -          -          -          -          -          -          -          -
started, latest           .          .          -          -          -          -          -          -          -          -          -          -
started, next             running    x          running    x          x          x          x          x          x          x          x          x
started, gap              x          x          x          x          x          x          x          x          x          x          x          x
ended completed, older    .          .          -          -          -          -          -          -          -          -          -          -
ended completed, latest   .          .          -          completed  -          -          -          -          -          -          -          -
ended completed, next     x          x          x          x          x          x          x          x          x          x          x          x
ended completed, gap      x          x          x          x          x          x          x          x          x          x          x          x
ended failed, older       .          .          -          -          -          -          -          -          -          -          -          -
ended failed, latest      .          .          -          failed     -          -          -          -          -          -          -          -
ended failed, next        x          x          x          x          x          x          x          x          x          x          x          x
ended failed, gap         x          x          x          x          x          x          x          x          x          x          x          x
ended cancelled, older    .          .          -          -          -          -          -          -          -          -          -          -
ended cancelled, latest   .          .          -          cancelled  -          -          -          -          -          -          -          -
ended cancelled, next     x          x          x          x          x          x          x          x          x          x          x          x
ended cancelled, gap      x          x          x          x          x          x          x          x          x          x          x          x
ended paused, older       .          .          -          -          -          -          -          -          -          -          -          -
ended paused, latest      .          .          -          paused     -          -          -          -          -          -          -          -
ended paused, next        x          x          x          x          x          x          x          x          x          x          x          x
ended paused, gap         x          x          x          x          x          x          x          x          x          x          x          x
gone, older               .          .          -          -          -          -          -          -          -          -          -          -
gone, latest              .          .          -          running    -          -          paused     -          -          -          completed  pending
gone, next                x          x          x          x          x          x          x          x          x          x          x          x
gone, gap                 x          x          x          x          x          x          x          x          x          x          x          x
lost, older               .          .          -          -          -          -          -          -          -          -          -          -
lost, latest              .          .          -          pending    -          -          -          -          -          -          -          -
lost, next                x          x          x          x          x          x          x          x          x          x          x          x
lost, gap                 x          x          x          x          x          x          x          x          x          x          x          x
refused, older            .          .          -          -          -          -          -          -          -          -          -          -
refused, latest           .          .          -          -          -          -          -          -          -          -          -          -
refused, next             failed     x          failed     x          x          x          x          x          x          x          x          failed
refused, gap              x          x          x          x          x          x          x          x          x          x          x          x
queued                    -          pending    -          x          pending    pending    pending    pending    pending    pending    pending    -
queued afresh             -          pending    -          x          pending    pending    pending    pending    pending    pending    pending    -
queued, note              pending    pending    pending    x          pending    pending    pending    pending    pending    pending    pending    pending
paused, user              paused     -          paused     x          -          paused     -          x          x          x          x          paused
paused, limit             paused     -          paused     x          -          -          -          x          x          x          x          paused
cancelled                 cancelled  cancelled  cancelled  x          cancelled  cancelled  cancelled  x          x          -          x          cancelled
`;

const [columns = [], ...rows] = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/ {2,}/));
const cases = rows.flatMap(([event = '', ...cells]) =>
  cells.map((cell, index) => [columns[index] as State, event, cell] as const),
);

const nextCommand: Record<TaskStatus, string> = {
  pending: 'ccdispatch tasks why',
  running: 'ccdispatch tasks pause',
  paused: 'ccdispatch tasks resume',
  completed: 'ccdispatch tasks retry',
  failed: 'ccdispatch tasks retry',
  cancelled: 'ccdispatch tasks retry',
};

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
      message: expect.stringContaining(`${task.task_id} is ${task.status}: "${event.type}"`),
      hint: expect.stringContaining(`${nextCommand[task.status]} ${task.task_id}`),
    });
    return 'x';
  } finally {
    expect(task).toEqual(before);
  }
}

describe('a task that is', () => {
  it('shown in the table meets every event there, of every run', () => {
    expect(rows.map(([event]) => event)).toEqual(eventNames);
    expect(columns).toEqual(Object.keys(states));
    expect(new Set(columns.map((state) => states[state as State].status)).size).toBe(6);
    expect(rows.every((row) => row.length === columns.length + 1)).toBe(true);
    const types = [...Object.values(ofRun).map((make) => make(1)), ...Object.values(ofTask)].map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set<TaskEvent['type']>(everyType));
  });

  it.each(cases)('%s meets "%s": %s', (state, event, expected) => {
    const task = states[state];
    const [, which] = event.split(', ');
    const isMissing = task.runs.length === 0 && (which === 'older' || which === 'latest');
    expect(isMissing ? '.' : judge(task, eventOf(task, event))).toBe(expected);
  });

  it('any of them stays as it is when the same happens again', () => {
    for (const [state, name, expected] of cases) {
      if (expected === 'x' || expected === '.') continue;
      const event = eventOf(states[state], name);
      const { task } = transition(states[state], event);
      expect(judge(task, event), `${state}, ${name}`).toBe('-');
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
    const spent = { cost_usd: 0.5, usage: { input_tokens: 7, output_tokens: 3 } };
    expect(task.runs).toEqual([states.running.runs[0], { ...states.running.runs[1], outcome, ended_at: null, spent }]);
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

  it('handed over: a closed run, and a task that waits for the next account', () => {
    const { task } = transition(states.running, { type: 'lost', run: 2, at, isHandedOver: true });
    expect(task).toMatchObject({ status: 'pending', reason: 'limit' });
    expect(task.runs.at(-1)).toMatchObject({ outcome: 'handed-over', ended_at: at });
    expect(transition(task, { type: 'lost', run: 2, at, isHandedOver: true }).changed).toBe(false);
    expect(parseTask(renderTask(task), 'record')).toEqual(task);
  });

  it('handed over: what it spent, which the next end tells with its own', () => {
    const began = { ...states.running, runs: states.running.runs.slice(1), cost_usd: null, usage: null };
    const first = { cost_usd: 0.3, usage: { input_tokens: 100, output_tokens: 20 } };
    const handedOver = { type: 'lost', run: 2, at, isHandedOver: true, spent: first } as const;
    const { task: waiting } = transition(began, handedOver);
    expect(waiting).toMatchObject({ ...first, runs: [{ spent: first }] });
    expect(parseTask(renderTask(waiting), 'record')).toEqual(waiting);
    // Told so, where nothing more comes of it.
    expect(transition(waiting, cancelled).task).toMatchObject({ ...first, status: 'cancelled' });
    const again = { ...lost(3), spent: { cost_usd: null, usage: { input_tokens: 10, output_tokens: 1 } } };
    const { task: twice } = transition(transition(waiting, started(3)).task, again);
    expect(twice).toMatchObject({ cost_usd: 0.3, usage: { input_tokens: 110, output_tokens: 21 } });
    const { task } = transition(transition(twice, started(4)).task, ended(4, 'completed', { isGone: true }));
    expect(task).toMatchObject({ cost_usd: 0.8, usage: { input_tokens: 117, output_tokens: 24 } });
    expect(task.runs.map(({ spent }) => spent?.cost_usd)).toEqual([0.3, null, 0.5]);
    // The next turn begins anew.
    const { task: next } = transition(transition(transition(task, queued()).task, started(5)).task, ended(5, 'failed'));
    expect(next).toMatchObject({ cost_usd: 0.5, usage: { input_tokens: 7, output_tokens: 3 } });
  });

  it('queued: nothing of the last result', () => {
    const { task } = transition({ ...states.failed, continues: true, note: 'n' }, queued());
    expect(task).toMatchObject({ reason: null, result: null, duration_ms: null, note: null, completed_at: null });
    expect(task).toMatchObject({ continues: true, agent_session_id: states.failed.agent_session_id });
  });

  it('queued afresh: the conversation that it leaves is noted, so that it goes with the task; one of before it is not', () => {
    const first = { ...states.failed, agent_session_id: 'a', continues: false };
    const again = transition(first, queued('b')).task;
    expect(again.left_sessions).toEqual(['a']);
    const once = { ...states.completed, agent_session_id: 'b', left_sessions: ['a'], continues: false };
    expect(transition(once, queued('c')).task.left_sessions).toEqual(['a', 'b']);
    expect(transition({ ...first, continues: true }, queued('b')).task.left_sessions).toEqual([]);
    expect(transition(once, queued()).task.left_sessions).toEqual(['a']);
  });

  it('ended: a conversation that the agent went on from is noted', () => {
    const task = { ...states.running, agent_session_id: 'a', continues: false };
    const { task: led } = transition(task, ended(2, 'completed', { agent_session_id: 'b' }));
    expect(led).toMatchObject({ agent_session_id: 'b', left_sessions: ['a'] });
    const { task: stayed } = transition(task, ended(2, 'completed', { agent_session_id: 'a' }));
    expect(stayed.left_sessions).toEqual([]);
  });

  it('queued afresh: another conversation and another line', () => {
    const { task } = transition({ ...states.completed, continues: true }, queued('new'));
    expect(task).toMatchObject({ continues: false, agent_session_id: 'new', input_uuid: 'line of new' });
  });

  it('queued with a note: the note, once, until it is done anew', () => {
    const { task } = transition(states.paused, noted('n-1'));
    expect(task.agent_notes).toEqual([{ id: 'n-1', text: 'The note n-1.' }]);
    const more = transition(transition(task, noted('n-1')).task, noted('n-2')).task;
    expect(more.agent_notes.map(({ id }) => id)).toEqual(['n-1', 'n-2']);
    const done = { ...states.completed, agent_notes: more.agent_notes };
    expect(transition(done, queued()).task.agent_notes).toEqual(more.agent_notes);
    expect(transition(done, queued('new')).task.agent_notes).toEqual([]);
  });

  it('paused while it waits: why, until when, and a run of its own that never was a process', () => {
    const { task } = transition(states.lost, paused('limit', { resume_at: at }));
    expect(task).toMatchObject({
      status: 'paused',
      reason: 'limit',
      result: 'Why.',
      resume_at: at,
      completed_at: null,
    });
    expect(task.runs.at(-1)).toMatchObject({ n: 3, pid: 0, outcome: 'paused', started_at: at, ended_at: at });
  });

  it('paused by a person while it was paused: it does not go on by itself any more', () => {
    const { task } = transition(states.limited, paused('user'));
    expect(task).toMatchObject({ reason: 'user', resume_at: null, runs: states.limited.runs });
  });

  it('paused at a limit for somebody to say: it may be told once when it goes on by itself', () => {
    const asking = { ...states.limited, resume_at: null };
    const waits = transition(asking, paused('limit', { resume_at: at }));
    expect(waits.task).toEqual({ ...states.limited, resume_at: at });
    const later = paused('limit', { resume_at: '2027-01-01T00:00:00.000Z' });
    expect(transition(waits.task, later).changed).toBe(false);
    expect(transition(asking, paused('memory', { resume_at: at })).changed).toBe(false);
    expect(transition(states.paused, paused('limit', { resume_at: at })).changed).toBe(false);
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
