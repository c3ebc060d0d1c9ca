/** Ends an agent and all that it started: signal after signal, and then whatever still carries its mark in its environment. */

import type { Clock } from '../adapters/clock.ts';
import type { Processes, ProcessId } from '../adapters/processes.ts';

/** Carried by the agent of a task, and all that it starts. */
export const taskVariable = 'CCDISPATCH_TASK_ID';
/** Carried by the agent of a session, and all that it starts. */
export const sessionVariable = 'CCDISPATCH_SESSION_ID';

/** What an agent and all that it starts carry in their environment: by it they are found when their group is gone. */
export interface Mark {
  name: typeof taskVariable | typeof sessionVariable;
  value: string;
}

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

/** What is killed in one look at all processes: for each of these values, how many there were. */
function sweepAll(processes: Processes, name: Mark['name'], values: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { pid, value } of processes.findByEnv(name, values)) {
    processes.signal(pid, 'SIGKILL');
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

interface Look {
  values: Set<string>;
  counts: Promise<Map<string, number>>;
}

/** The next look, for each port and variable: to look at all processes takes long, and one look serves all who asked before it. */
const nextLooks = new WeakMap<Processes, Map<Mark['name'], Look>>();

async function sweepInNextLook(processes: Processes, { name, value }: Mark): Promise<number> {
  const looks = nextLooks.get(processes) ?? new Map<Mark['name'], Look>();
  nextLooks.set(processes, looks);
  let look = looks.get(name);
  if (!look) {
    const values = new Set<string>();
    const counts = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      looks.delete(name);
      return sweepAll(processes, name, values);
    });
    look = { values, counts };
    looks.set(name, look);
  }
  look.values.add(value);
  return (await look.counts).get(value) ?? 0;
}

const sweepRounds = 50;

/**
 * Sweeps until nothing is left: what was just being started shows up in the next round. `quietRounds` in a row must find
 * nothing, and two where anything was found: while a program takes another one's place, its environment cannot be read.
 */
export async function sweepUntilGone(
  { processes, clock }: EndParts,
  mark: Mark,
  quietRounds: 1 | 2 = 1,
): Promise<void> {
  let quiet = 0;
  let needed: number = quietRounds;
  for (let round = 0; round < sweepRounds; round++) {
    const isQuiet = (await sweepInNextLook(processes, mark)) === 0;
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
 * Ends an agent and everything that carries its mark. Each signal gets `graceMs` before the next, harder one; SIGKILL comes
 * last. Returns when all is gone.
 */
export async function endCarriers(
  parts: EndParts,
  id: ProcessId | null,
  mark: Mark,
  signals: readonly NodeJS.Signals[],
  graceMs: number,
): Promise<void> {
  const { processes } = parts;
  const isAtWork = id !== null && processes.isAlive(id);
  if (isAtWork) {
    for (const signal of signals) {
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
  await sweepUntilGone(parts, mark, isAtWork ? 2 : 1);
}
