/** What people can do with the work of a task: merge it, push it, look at it, give it up. Never while an agent is at it. */

import type { Clock } from '../../adapters/clock.ts';
import { refuse } from '../../errors/errors.ts';
import type { Queue } from '../../queue/queue.ts';
import { loadUnlessBroken } from '../../tasks/load-or-null.ts';
import { isEnded, type Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';
import type { CommitRequest } from '../../worktrees/commit.ts';
import { type DiffRequest, diffWork } from '../../worktrees/diff.ts';
import { type Discarded, discardWork } from '../../worktrees/discard.ts';
import { layOpenWork } from '../../worktrees/lay-open.ts';
import { type Merged, mergeWork } from '../../worktrees/merge.ts';
import { type Published, type PublishParts, publishWork } from '../../worktrees/publish.ts';
import type { Rebased } from '../../worktrees/rebase.ts';
import type { Worktree } from '../../worktrees/record.ts';

export interface LandParts extends PublishParts {
  tasks: TaskStore;
  queue: Pick<Queue, 'active'>;
  clock: Clock;
}

/** An agent that has answered leaves within seconds; what comes of its work is not refused for that. */
const leavingMs = 30_000;
const lookMs = 200;

/** The worktree of a task; throws `usage` where it has none, `not-found` where the record is gone. */
export function worktreeOf({ worktrees }: Pick<LandParts, 'worktrees'>, task: Task): Worktree {
  if (task.worktree === null) {
    return refuse({
      code: 'usage',
      en: {
        message: `Task ${task.task_id} has no worktree: it worked in ${task.workdir}.`,
        hint: 'Only tasks made with --repo have a branch of their own to merge, push, look at or discard.',
      },
      zh: {
        message: `任务 ${task.task_id} 没有工作树，它在 ${task.workdir} 里工作。`,
        hint: '只有用 --repo 建立的任务才有自己的分支，可以合并、推送、查看或放弃。',
      },
    });
  }
  const worktree = worktrees.load(task.worktree);
  return (
    worktree ??
    refuse({
      code: 'not-found',
      en: {
        message: `The worktree of task ${task.task_id} was never made, or was removed.`,
        hint: 'See what there is with: ccdispatch worktrees list',
      },
      zh: {
        message: `任务 ${task.task_id} 的工作树从未建成，或已被删除。`,
        hint: '看看有哪些：ccdispatch worktrees list',
      },
    })
  );
}

/** A claimed task that works in the worktree; null for none. */
function userOf({ queue, tasks }: LandParts, worktreeId: string): Task | null {
  for (const taskId of queue.active()) {
    // Without a record nothing of it runs; one that cannot be read just now may be of an agent at work.
    const task = loadUnlessBroken({ tasks }, taskId);
    if (task?.worktree === worktreeId) return task;
  }
  return null;
}

function refuseBusy(user: Task): never {
  const [isAtWork, id] = [!isEnded(user), user.task_id];
  return refuse({
    code: 'busy',
    en: {
      message: `Task ${id} is ${isAtWork ? 'at work' : 'still leaving'} in that worktree.`,
      hint: `Wait for its end (ccdispatch tasks logs -f ${id}), or end it: ccdispatch tasks cancel ${id}`,
    },
    zh: {
      message: `任务 ${id} ${isAtWork ? '正在那个工作树里工作' : '还没有完全离开那个工作树'}。`,
      hint: `请等它结束，或结束它：/cancel ${id}`,
    },
  });
}

/**
 * Waits until nobody works in the worktree, and gives what is to be done there its title, and a look whether that is still so.
 * Throws `busy` where an agent is at work.
 */
async function awaitRest(parts: LandParts, worktree: Worktree, task: Task): Promise<CommitRequest> {
  const user = () => userOf(parts, worktree.worktree_id);
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    const found = user();
    if (!found) break;
    if (!isEnded(found) || waitedMs >= leavingMs) refuseBusy(found);
    await parts.clock.sleep(lookMs);
  }
  const check = () => {
    const found = user();
    if (found) refuseBusy(found);
  };
  return { title: task.task_name, check };
}

/** Merges the task's work into the branch that it started from. Throws `busy`, `usage` and `not-found`. */
export async function mergeTask(parts: LandParts, task: Task): Promise<Merged> {
  const worktree = worktreeOf(parts, task);
  return await mergeWork(parts, worktree, await awaitRest(parts, worktree, task));
}

/** Pushes the task's work, and opens a pull request. Throws the same. */
export async function publishTask(parts: LandParts, task: Task): Promise<Published> {
  const worktree = worktreeOf(parts, task);
  return await publishWork(parts, worktree, await awaitRest(parts, worktree, task));
}

/** Gives the task's work up. Throws the same. */
export async function discardTask(parts: LandParts, task: Task): Promise<Discarded & { branch: string }> {
  const worktree = worktreeOf(parts, task);
  const request = await awaitRest(parts, worktree, task);
  return { ...(await discardWork(parts, worktree, request)), branch: worktree.branch };
}

/** What the task has changed so far, an agent at work included. Throws `usage` and `not-found`. */
export function diffTask(parts: LandParts, task: Task, request: DiffRequest): Promise<string> {
  return diffWork(parts, worktreeOf(parts, task), request);
}

/**
 * Lets the task's branch start from the branch that it does not fit onto, both sides open in its files; `rebased` where it fits
 * after all. Throws the same, and `usage` where the work started from no branch.
 */
export async function layOpenTask(parts: LandParts, task: Task): Promise<Rebased & { into: string }> {
  const worktree = worktreeOf(parts, task);
  const into = worktree.base_branch;
  if (into === null) {
    return refuse({
      code: 'usage',
      en: {
        message: `Task ${task.task_id} started from ${worktree.base}, which is no local branch.`,
        hint: `Push it instead: ccdispatch tasks pr ${task.task_id}`,
      },
      zh: {
        message: `任务 ${task.task_id} 从 ${worktree.base} 开始，而那不是本地分支。`,
        hint: `可以改为推送：/pr ${task.task_id}`,
      },
    });
  }
  const request = await awaitRest(parts, worktree, task);
  return { ...(await layOpenWork(parts, worktree, `refs/heads/${into}`, request)), into };
}
