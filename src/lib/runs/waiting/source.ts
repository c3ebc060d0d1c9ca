/** Where a worker's tasks come from: the seam between its loop and a queue. */

import type { QueueLimits } from '../../queue/order.ts';

/** What keeps a worker from starting anything at all, beside its slots. */
export type HeldBack = 'memory' | 'tokens' | 'disk';

/** What the loop knows when it asks for more. */
export interface Occupancy {
  /** Running tasks by user; those that wait for a person are left out. */
  byUser: ReadonlyMap<string, number>;
  /** The same by chat. */
  byChat?: ReadonlyMap<string, number>;
  limits: QueueLimits;
  /** Agent conversations that are in use: one run at a time for each. */
  conversations: ReadonlySet<string>;
  /** Folders of repositories that runs work in: one run at a time in each. */
  folders?: ReadonlySet<string>;
}

/** A task that was taken from the source: nobody else will take it. */
export interface Claim {
  taskId: string;
  /** Whose share it counts against. */
  user: string;
  /** The agent's conversation that it works in; null for none. */
  conversation: string | null;
  /** The folder that it works in, where that is of a repository; null for others. */
  folder?: string | null;
}

export interface TaskSource {
  /** The next task that may run now, claimed; null where none may. */
  claim(occupancy: Occupancy): Claim | null;
  /** What was claimed earlier and never finished, by a worker that died. */
  claimed(): Claim[];
  /** The task needs no worker any more. */
  finish(taskId: string): void;
  /** Whether anything waits, startable or not; also for a time. */
  hasWaiting(): boolean;
  /**
   * Sees to what is due beside claiming: tasks that are not to run any more come to their end, paused ones whose time has come
   * wait again. To be called now and then. Gives the time (milliseconds since 1970) when the next one is due; null for none.
   */
  tend(): number | null;
  /** Calls back when there may be something new; returns the stop function. */
  watch(onChange: () => void): () => void;
}
