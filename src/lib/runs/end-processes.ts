/** Ends what belongs to a run: interrupt, terminate, kill, and then whatever still carries the task's id in its environment. */

import type { Clock } from '../adapters/clock.ts';
import type { Processes, ProcessId } from '../adapters/processes.ts';

/** Carried by an agent and all that it starts. */
export const taskVariable = 'CCDISPATCH_TASK_ID';

export interface EndParts {
  processes: Processes;
  clock: Clock;
}

const pollMs = 20;

async function waitGone({ processes, clock }: EndParts, id: ProcessId, timeoutMs: number): Promise<boolean> {
  const deadline = clock.now() + timeoutMs;
  while (processes.isAlive(id)) {
    if (clock.now() >= deadline) return false;
    await clock.sleep(pollMs);
  }
  return true;
}

/** What is killed in one look at all processes: for each of these tasks, how many there were. */
function sweepTasks(processes: Processes, taskIds: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { pid, value } of processes.findByEnv(taskVariable, taskIds)) {
    processes.signal(pid, 'SIGKILL');
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

/** Kills what carries the task's id in its environment, tools in sessions of their own included; says how many there were. */
export function sweepTask(processes: Processes, taskId: string): number {
  return sweepTasks(processes, new Set([taskId])).get(taskId) ?? 0;
}

interface Look {
  taskIds: Set<string>;
  counts: Promise<Map<string, number>>;
}

/** The next look, for each port: to look at all processes takes long, and one look serves all who asked before it. */
const nextLooks = new WeakMap<Processes, Look>();

async function sweepInNextLook(processes: Processes, taskId: string): Promise<number> {
  let look = nextLooks.get(processes);
  if (!look) {
    const taskIds = new Set<string>();
    const counts = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      nextLooks.delete(processes);
      return sweepTasks(processes, taskIds);
    });
    look = { taskIds, counts };
    nextLooks.set(processes, look);
  }
  look.taskIds.add(taskId);
  return (await look.counts).get(taskId) ?? 0;
}

const sweepRounds = 50;

/**
 * Sweeps until nothing is left: what was just being started shows up in the next round. `quietRounds` in a row must find
 * nothing, and two where anything was found: while a program takes another one's place, its environment cannot be read.
 */
export async function sweepUntilGone(
  { processes, clock }: EndParts,
  taskId: string,
  quietRounds: 1 | 2 = 1,
): Promise<void> {
  let quiet = 0;
  let needed: number = quietRounds;
  for (let round = 0; round < sweepRounds; round++) {
    const isQuiet = (await sweepInNextLook(processes, taskId)) === 0;
    quiet = isQuiet ? quiet + 1 : 0;
    if (!isQuiet) needed = 2;
    if (quiet >= needed) return;
    await clock.sleep(pollMs);
  }
}

/**
 * Kills what is left of the group of an agent that is gone: also what dropped our variables. Its number is given to no
 * new process while the group exists, so where one has it by now, the group is gone.
 */
function killLeftGroup({ processes }: EndParts, id: ProcessId): void {
  if (processes.identify(id.pid) === null) processes.signalGroup(id.pid, 'SIGKILL');
}

/**
 * Ends an agent and everything of its run. Each signal gets `graceMs` before the next, harder one: an interrupted agent
 * keeps its conversation in order and ends its own tools. Returns when all is gone.
 */
export async function endProcesses(
  parts: EndParts,
  id: ProcessId | null,
  taskId: string,
  graceMs: number,
): Promise<void> {
  const { processes } = parts;
  const isAtWork = id !== null && processes.isAlive(id);
  if (isAtWork) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      processes.signalGroup(id.pid, signal);
      if (await waitGone(parts, id, graceMs)) break;
    }
    if (processes.isAlive(id)) {
      processes.signalGroup(id.pid, 'SIGKILL');
      await waitGone(parts, id, graceMs);
    }
  }
  if (id) killLeftGroup(parts, id);
  // One that left by itself has started nothing a moment ago.
  await sweepUntilGone(parts, taskId, isAtWork ? 2 : 1);
}
