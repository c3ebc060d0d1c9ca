/** Where a worker's tasks come from: the seam between its loop and a queue. */

import type { QueueLimits } from '../queue/order.ts';

/** What the loop knows when it asks for more. */
export interface Occupancy {
  /** Running tasks by user; those that wait for a person are left out. */
  byUser: ReadonlyMap<string, number>;
  limits: QueueLimits;
  /** Agent conversations that are in use: one run at a time for each. */
  conversations: ReadonlySet<string>;
}

/** A task that was taken from the source: nobody else will take it. */
export interface Claim {
  taskId: string;
  /** Whose share it counts against. */
  user: string;
  /** The agent's conversation that it works in; null for none. */
  conversation: string | null;
}

export interface TaskSource {
  /** The next task that may run now, claimed; null where none may. */
  claim(occupancy: Occupancy): Claim | null;
  /** What was claimed earlier and never finished, by a worker that died. */
  claimed(): Claim[];
  /** The task needs no worker any more. */
  finish(taskId: string): void;
  /** Whether anything waits, startable or not. */
  hasWaiting(): boolean;
  /** Calls back when there may be something new; returns the stop function. */
  watch(onChange: () => void): () => void;
}
