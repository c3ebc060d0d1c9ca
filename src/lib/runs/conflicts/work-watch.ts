/** What running tasks have changed on their repositories: from what their agents say at once, by git where they may not say it. */

import { relative } from 'node:path';
import type { Clock } from '../../adapters/clock.ts';
import type { Task } from '../../tasks/record.ts';
import type { RunState } from '../fold.ts';

export interface WorkWatchParts {
  clock: Pick<Clock, 'now'>;
  /** Asks git what was changed in the folder since its base; null where it cannot tell. */
  changedFiles(task: Task, folder: string): Promise<readonly string[] | null>;
  /** Whether the task's agent says what it does; of one that does not only git knows. */
  tellsTools(task: Task): boolean;
}

export interface WorkWatch {
  /**
   * Hears how the task's latest run stands, as often as somebody looks; says whether a file came. `folder` is its worktree,
   * as it really is.
   */
  observe(task: Task, folder: string, state: RunState): boolean;
  /** What the task is known to have changed, relative to its worktree. */
  files(taskId: string): ReadonlySet<string>;
  /** Looks by git at the one task for which that is due; says whether anything was learnt. One look at a time. */
  look(): Promise<boolean>;
  forget(taskId: string): void;
}

/** At most so often git is asked about a task. */
export const lookEveryMs = 10_000;
/** Asking takes at most one part in so many of one core's time, however big the repositories are. */
const restFactor = 24;
const longestRestMs = 60_000;

interface Watched {
  task: Task;
  folder: string;
  run: number;
  /** How much of the run's state was taken in. */
  writes: number;
  opaqueCalls: number;
  results: number;
  /** What git said last, and what the agent said it did. */
  byGit: readonly string[];
  bySaying: Set<string>;
  all: ReadonlySet<string>;
  /** Something may have changed that nobody said. */
  isSuspect: boolean;
  lookedAt: number;
}

const resultsOf = ({ interimCount, final, empty }: RunState) =>
  interimCount + Number(final !== null) + Number(empty !== null);

function union({ byGit, bySaying }: Watched): ReadonlySet<string> {
  return new Set([...byGit, ...bySaying]);
}

/** Takes in what the run's state says beyond what it said before; says whether a file came. */
function takeIn(watched: Watched, state: RunState): boolean {
  const { folder, bySaying } = watched;
  const before = bySaying.size;
  for (const path of state.writes.slice(watched.writes)) {
    const file = path.startsWith('/') ? relative(folder, path) : path;
    if (file !== '' && !file.startsWith('..')) bySaying.add(file);
  }
  const results = resultsOf(state);
  // What goes on in the background ends without a call.
  if (state.opaqueCalls > watched.opaqueCalls || results > watched.results || state.background.length > 0) {
    watched.isSuspect = true;
  }
  watched.writes = state.writes.length;
  watched.opaqueCalls = state.opaqueCalls;
  watched.results = results;
  return bySaying.size > before;
}

const nothing: ReadonlySet<string> = new Set();

export function createWorkWatch({ clock, changedFiles, tellsTools }: WorkWatchParts): WorkWatch {
  const known = new Map<string, Watched>();
  let restsUntil = Number.NEGATIVE_INFINITY;
  let isLooking = false;

  const begin = (task: Task, folder: string, run: number): Watched => {
    const before = known.get(task.task_id);
    const watched: Watched = {
      task,
      folder,
      run,
      writes: 0,
      opaqueCalls: 0,
      results: 0,
      byGit: before?.byGit ?? [],
      bySaying: before?.bySaying ?? new Set(),
      all: before?.all ?? nothing,
      // Earlier runs, and earlier tasks of the conversation, left what only git knows.
      isSuspect: task.runs.length > 1 || task.continues,
      lookedAt: before?.lookedAt ?? Number.NEGATIVE_INFINITY,
    };
    known.set(task.task_id, watched);
    return watched;
  };

  /** Whose look is due: the longest not looked at. */
  function due(): Watched | undefined {
    const now = clock.now();
    if (isLooking || now < restsUntil) return undefined;
    let first: Watched | undefined;
    for (const watched of known.values()) {
      const isDue = watched.isSuspect && now >= watched.lookedAt + lookEveryMs;
      if (isDue && (first === undefined || watched.lookedAt < first.lookedAt)) first = watched;
    }
    return first;
  }

  return {
    observe(task, folder, state) {
      const run = task.runs.at(-1)?.n ?? 0;
      const before = known.get(task.task_id);
      const watched = before?.run === run ? before : begin(task, folder, run);
      if (!tellsTools(task)) watched.isSuspect = true;
      const hasNew = takeIn(watched, state);
      if (hasNew) watched.all = union(watched);
      return hasNew;
    },
    files: (taskId) => known.get(taskId)?.all ?? nothing,
    async look() {
      const watched = due();
      if (!watched) return false;
      isLooking = true;
      const from = clock.now();
      watched.isSuspect = false;
      watched.lookedAt = from;
      try {
        const found = await changedFiles(watched.task, watched.folder);
        if (found === null) return false;
        const isNew = found.length !== watched.byGit.length || found.some((file) => !watched.all.has(file));
        watched.byGit = found;
        watched.all = union(watched);
        return isNew;
      } finally {
        isLooking = false;
        restsUntil = clock.now() + Math.min(longestRestMs, (clock.now() - from) * restFactor);
      }
    },
    forget: (taskId) => void known.delete(taskId),
  };
}
