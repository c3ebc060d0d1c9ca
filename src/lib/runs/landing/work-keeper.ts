/** Keeps the work of runs: commits it at their outcome, and does with it what the settings say when all is over. */

import type { Log } from '../../adapters/log.ts';
import { CcdispatchError, isDiskFull } from '../../errors/errors.ts';
import { keyOf } from '../../outbox/entry.ts';
import type { Outbox } from '../../outbox/store.ts';
import type { Task } from '../../tasks/record.ts';
import { type CommittedWork, commitHeld, commitWork } from '../../worktrees/commit.ts';
import { type HeldRepository, holdRepository } from '../../worktrees/held-repository.ts';
import { mergeWork } from '../../worktrees/merge.ts';
import { type PublishParts, publishWork } from '../../worktrees/publish.ts';
import type { Worktree } from '../../worktrees/record.ts';
import { countWork } from '../../worktrees/summary.ts';
import { type Landing, landedEntry } from './told-landed.ts';
import type { KeptWork, WorkFolders } from './work-folders.ts';

export interface WorkKeeperParts extends PublishParts {
  outbox: Pick<Outbox, 'announce'>;
  log: Log;
  /** What the settings want done with work on this repository. */
  onEnd(repo: string): 'keep' | 'merge' | 'pr';
}

/** A result does not wait longer for its work; what is not committed by then is when the agent is gone. */
const resultWaitsMs = 10_000;

export function createWorkKeeper(parts: WorkKeeperParts): Pick<WorkFolders, 'keep' | 'finish'> {
  return {
    keep: (task) => keep(parts, task),
    finish: (task) => finish(parts, task),
  };
}

/** The record of the task's worktree; null where it has none, or that was never made. */
function recordOf({ worktrees }: WorkKeeperParts, task: Task): Worktree | null {
  return task.worktree === null ? null : worktrees.load(task.worktree);
}

async function keep(parts: WorkKeeperParts, task: Task): Promise<KeptWork | null> {
  let told: Pick<KeptWork, 'worktreeNotes'> = {};
  try {
    const worktree = recordOf(parts, task);
    if (!worktree) return null;
    if (worktree.told_with?.task === task.task_id) told = { worktreeNotes: worktree.told_with.notes };
    const request = { title: task.task_name, timeoutMs: resultWaitsMs };
    const count = async (repository: HeldRepository, current: Worktree): Promise<KeptWork> => {
      const committed = await commitHeld(repository, current, request);
      const { tip } = committed;
      return { work: tip === null ? null : await countWork(repository, current, tip), note: noteOf(committed) };
    };
    return { ...(await holdRepository(parts, worktree, 'commit', count, resultWaitsMs)), ...told };
  } catch (error) {
    parts.log.warn({ task_id: task.task_id, error: String(error) }, 'the work was not committed');
    return { work: null, note: 'work_not_committed', ...told };
  }
}

function noteOf({ kept, leftOut }: CommittedWork): KeptWork['note'] {
  if (kept !== null) return 'work_elsewhere';
  return leftOut ? 'work_left_out' : null;
}

async function finish(parts: WorkKeeperParts, task: Task): Promise<void> {
  const worktree = recordOf(parts, task);
  if (!worktree) return;
  // A session's agent lives on, and may be asked for more.
  const isOver = task.status === 'completed' && task.session_id === null;
  const onEnd = isOver ? parts.onEnd(worktree.repo) : 'keep';
  if (onEnd === 'keep') return void (await commitWork(parts, worktree, { title: task.task_name }));
  const landing = await land(parts, task, worktree, onEnd);
  const { log } = parts;
  const how = landing instanceof CcdispatchError ? landing.message : landing.kind;
  log.info({ task_id: task.task_id, branch: worktree.branch, on_end: onEnd, how }, 'the work of a task was seen to');
  const entry = landedEntry(task, worktree.branch, landing);
  if (entry) await parts.outbox.announce(entry, keyOf(entry.notification));
}

/** Each is done again without harm where we died in the middle: what is merged or pushed already is found so. */
async function land(parts: WorkKeeperParts, task: Task, worktree: Worktree, onEnd: 'merge' | 'pr'): Promise<Landing> {
  const request = { title: task.task_name };
  try {
    return onEnd === 'merge' ? await mergeWork(parts, worktree, request) : await publishWork(parts, worktree, request);
  } catch (error) {
    if (isDiskFull(error) || !(error instanceof CcdispatchError)) throw error;
    return error;
  }
}
