/** Ends what belongs to a run: interrupt, terminate, kill, and then whatever still carries the task's id in its environment. */

import type { ProcessId } from '../adapters/processes.ts';
import { type EndParts, endCarriers, sweepUntilGone, taskVariable } from '../agents/end-processes.ts';

export { taskVariable };

/** Sweeps until nothing of the task is left. */
export async function sweepTaskUntilGone(parts: EndParts, taskId: string, quietRounds: 1 | 2 = 1): Promise<void> {
  await sweepUntilGone(parts, { name: taskVariable, value: taskId }, quietRounds);
}

/**
 * Ends an agent and everything of its run. It is interrupted first: so it keeps its conversation in order and ends its own
 * tools. Returns when all is gone.
 */
export async function endProcesses(
  parts: EndParts,
  id: ProcessId | null,
  taskId: string,
  graceMs: number,
): Promise<void> {
  await endCarriers(parts, id, { name: taskVariable, value: taskId }, ['SIGINT', 'SIGTERM'], graceMs);
}
