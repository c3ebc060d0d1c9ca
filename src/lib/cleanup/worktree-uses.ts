/** Which tasks need which worktree, by their records. */

import type { Queue } from '../queue/queue.ts';
import { loadOrNull } from '../tasks/load-or-null.ts';
import { isEnded, type Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import type { WorktreeUse } from '../worktrees/judge.ts';

export interface UsesParts {
  tasks: TaskStore;
  queue: Queue;
  sessions: { list(): { session_id: string; worktree: string | null; ended_at: string | null }[] };
}

const unused: WorktreeUse = { usedBy: null, lastTask: null, endedAt: null };

/** A task that may still work in its folder: one that has not ended, one being ended, one that cannot be read. */
function addUse(uses: Map<string, WorktreeUse>, task: Task, isHeld: boolean): void {
  const { worktree, task_id: taskId } = task;
  if (worktree === null) return;
  const use = uses.get(worktree) ?? unused;
  const isLive = isHeld || !isEnded(task) || task.runs.some(({ ended_at }) => ended_at === null);
  const endedAt = task.completed_at === null ? null : Date.parse(task.completed_at);
  const isLatest =
    use.lastTask === null || (endedAt ?? Number.POSITIVE_INFINITY) >= (use.endedAt ?? Number.POSITIVE_INFINITY);
  uses.set(worktree, {
    usedBy: isLive ? taskId : use.usedBy,
    lastTask: isLatest ? taskId : use.lastTask,
    endedAt: isLatest ? endedAt : use.endedAt,
  });
}

/** Reads all tasks once for the past, and those that wait or run anew each time it is asked. */
export function createWorktreeUses({ tasks, queue, sessions }: UsesParts): (worktreeId: string) => WorktreeUse {
  const load = (taskId: string) => loadOrNull({ tasks }, taskId);
  let known: Map<string, WorktreeUse> | undefined;
  const readPast = () => {
    const past = new Map<string, WorktreeUse>();
    for (const taskId of tasks.chats().flatMap((chat) => tasks.ids(chat))) {
      const task = load(taskId);
      if (task) addUse(past, task, false);
    }
    return past;
  };
  return (worktreeId) => {
    // Only where there is a worktree at all: there may be many tasks.
    known ??= readPast();
    const past = known;
    const now = new Map<string, WorktreeUse>();
    // Those of the past may have been queued again, so their own state is asked once more.
    const live = [...queue.waiting().map(({ taskId }) => taskId), ...queue.active(), ...queue.aside()];
    for (const taskId of live) {
      const task = load(taskId);
      if (task?.worktree === worktreeId) addUse(now, task, true);
      // One that cannot be read may work anywhere.
      else if (task === null && queue.isActive(taskId)) now.set(worktreeId, { ...unused, usedBy: taskId });
    }
    const before = past.get(worktreeId) ?? unused;
    const open = sessions.list().find(({ worktree, ended_at }) => worktree === worktreeId && ended_at === null);
    if (open) return { ...before, usedBy: open.session_id };
    const current = now.get(worktreeId);
    if (current) return current;
    const last = before.usedBy === null ? null : load(before.usedBy);
    const isStillUsed = last !== null && !isEnded(last);
    return { ...before, usedBy: isStillUsed ? before.usedBy : null };
  };
}
