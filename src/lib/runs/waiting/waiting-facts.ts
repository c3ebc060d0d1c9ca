/** What of a waiting task's record does not change while it waits: read once, so that a long queue is gone through without its records. */

import type { Marker } from '../../queue/markers.ts';
import type { Task } from '../../tasks/record.ts';

export interface WaitingFacts {
  /** The session that it is a message of. */
  session: string | null;
  /** What it has to itself while it runs: its session, or the agent's conversation that it works in. */
  conversation: string | null;
  /** The folder of a repository that it has to itself while it runs. */
  folder: string | null;
}

/** The folder of a repository that a task has to itself while it runs: a worktree, or the checkout; null for other folders. */
export function repositoryFolderOf({ repo, workdir }: Pick<Task, 'repo' | 'workdir'>): string | null {
  return repo === null ? null : workdir;
}

/** The facts of a record. */
export function factsOf(task: Task): WaitingFacts {
  const { session_id: session, agent_session_id } = task;
  return { session, conversation: session ?? agent_session_id, folder: repositoryFolderOf(task) };
}

export interface FactsKept {
  /** What is known of it; null for what was not noted yet. */
  of(marker: Marker): WaitingFacts | null;
  note(marker: Marker, task: Task): WaitingFacts;
  /** Forgets what does not wait any more, now and then. */
  keep(waiting: readonly Marker[]): void;
}

export function createFactsKept(): FactsKept {
  /** A task that waits once more, perhaps in another conversation, waits since another time. */
  const keyOf = ({ taskId, queuedAt }: Marker) => `${queuedAt}~${taskId}`;
  let kept = new Map<string, WaitingFacts>();
  return {
    of: (marker) => kept.get(keyOf(marker)) ?? null,
    note(marker, task) {
      const facts = factsOf(task);
      kept.set(keyOf(marker), facts);
      return facts;
    },
    keep(waiting) {
      if (kept.size <= 2 * waiting.length + 1000) return;
      const before = kept;
      kept = new Map();
      for (const marker of waiting) {
        const facts = before.get(keyOf(marker));
        if (facts) kept.set(keyOf(marker), facts);
      }
    },
  };
}
