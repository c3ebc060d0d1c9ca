// Whatever happens to a task, in whatever order and however often: its record stays one that makes sense.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isEnded, parseTask, renderTask, type Task } from '../../../src/lib/tasks/record.ts';
import { type TaskEvent, transition } from '../../../src/lib/tasks/transition.ts';
import { aTask } from '../../support/tasks.ts';
import { cancelled, ended, gone, lost, noted, paused, queued, refused, started } from './task-events.ts';

const n = fc.integer({ min: 1, max: 5 });
const anyEvent: fc.Arbitrary<TaskEvent> = fc.oneof(
  n.map((run) => started(run)),
  fc
    .tuple(n, fc.constantFrom('completed', 'failed', 'cancelled', 'paused'), fc.boolean())
    .map(([run, outcome, isGone]) => ended(run, outcome, { isGone })),
  n.map(gone),
  n.map(lost),
  n.map(refused),
  fc.constant(cancelled),
  fc.constantFrom(paused('user'), paused('limit')),
  fc.constantFrom(queued(), queued('another'), noted('one'), noted('two')),
);

/** An event that fits what the task is in the middle of, so that sequences get far. */
const nextEvent = (task: Task, pick: number): TaskEvent => {
  const latest = task.runs.length;
  const fitting = {
    pending: [started(latest + 1), started(latest + 1), refused(latest + 1), paused('limit')],
    running: [ended(latest, 'completed'), ended(latest, 'paused'), lost(latest), gone(latest)],
    paused: [queued(), gone(latest), cancelled, queued()],
    completed: [queued('another'), gone(latest), queued(), gone(latest)],
    failed: [queued('another'), gone(latest), queued(), gone(latest)],
    cancelled: [queued('another'), gone(latest), queued(), gone(latest)],
  }[task.status];
  return fitting[pick % fitting.length] as TaskEvent;
};

/** What would be wrong with a record; empty where nothing is. */
function faultsOf(task: Task): string[] {
  const latest = task.runs.at(-1);
  const open = task.runs.filter(({ ended_at }) => ended_at === null);
  const unknown = task.runs.filter(({ outcome }) => outcome === null);
  const rules: [boolean, string][] = [
    [task.runs.every((run, index) => run.n === index + 1), 'runs are counted from 1 without a gap'],
    [open.length <= 1, 'at most one run is open'],
    [(task.completed_at !== null) === isEnded(task), 'what has ended, and nothing else, has an end time'],
    [(unknown.length === 1 && unknown[0] === latest) === (task.status === 'running'), 'one run at a time'],
    [unknown.length <= 1, 'only a running task has a run without outcome'],
    [!isEnded(task) || latest?.outcome === task.status, 'the outcome of an ended task is that of its latest run'],
    [task.status !== 'paused' || task.reason !== null, 'a paused task says why'],
  ];
  return rules.flatMap(([isKept, rule]) => (isKept ? [] : [rule]));
}

/** The task after the event; the same one where it cannot happen. Checks all that holds for any event. */
function step(task: Task, event: TaskEvent): Task {
  const before = structuredClone(task);
  let after = task;
  try {
    after = transition(task, event).task;
    expect(transition(after, event).changed, 'the same event again changes nothing').toBe(false);
  } catch (error) {
    expect(error).toMatchObject({ code: 'failed' });
  }
  expect(task, 'the input is never changed').toEqual(before);
  expect(faultsOf(after)).toEqual([]);
  expect(after.runs.length).toBeGreaterThanOrEqual(task.runs.length);
  return after;
}

it('keeps its rules through any sequence of events', () => {
  const choice = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 11 }) }, { weight: 2, arbitrary: anyEvent });
  let deepest = 0;
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 25, size: 'max' }), fc.boolean(), (choices, isHeld) => {
      let task = aTask(isHeld ? { status: 'paused', reason: 'hold', runs: [], started_at: null } : {});
      for (const one of choices) task = step(task, typeof one === 'number' ? nextEvent(task, one) : one);
      expect(parseTask(renderTask(task), 'the end')).toEqual(task);
      deepest = Math.max(deepest, task.runs.length);
    }),
    { numRuns: 150 },
  );
  expect(deepest, 'the sequences get far').toBeGreaterThan(3);
});
