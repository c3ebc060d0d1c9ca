/** Which runs were none of a task's ends: kept from the record's own file, whose check of shapes hooks have no time to load. */

import type { TaskRun } from './record.ts';

/** Whether the run's end was none of the task's: another run goes on where it stopped, and nobody was told. */
export function isPassedOn({ outcome }: { outcome: TaskRun['outcome'] | 'handed-over' }): boolean {
  return outcome === 'lost' || outcome === 'handed-over';
}
