// How far a task has come, as a number that every change makes greater, and what must hold for a record at any time.

import { latestRun, type Task } from '../../src/lib/tasks/record.ts';

/** Greater after every transition: what was acknowledged is never behind what is read later. */
export function progressOf(task: Task): number {
  const runs = task.runs.length * 4;
  if (task.status === 'pending') return runs;
  if (task.status === 'running') return runs - 3;
  return latestRun(task)?.ended_at === null ? runs - 2 : runs - 1;
}

/** What is wrong with a record that parses. */
export function faultsOf(task: Task): string[] {
  const { runs, status } = task;
  const last = runs.at(-1);
  const isConcluded = status !== 'pending' && status !== 'running';
  return [
    ...runs.flatMap(({ n }, index) => (n === index + 1 ? [] : [`run ${n} stands at place ${index + 1}`])),
    ...runs.slice(0, -1).flatMap(({ n, outcome, ended_at }) => (outcome && ended_at ? [] : [`run ${n} is open`])),
    ...(status === 'running' && last?.outcome !== null ? ['it runs, and its run has ended'] : []),
    ...(isConcluded && last?.outcome !== status ? [`it is ${status}, its run ${last?.outcome}`] : []),
    ...(status === 'pending' && last && last.ended_at === null ? ['it waits, and its last run is open'] : []),
  ];
}
