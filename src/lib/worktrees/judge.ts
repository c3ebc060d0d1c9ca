/** Decides whether a worktree may go: a pure function of what was found of it. */

import type { Worktree } from './record.ts';
import type { WorktreeFacts } from './survey.ts';

/** Who needs the worktree, by the records of tasks. */
export interface WorktreeUse {
  /** A task that waits, runs or is paused in it; null for none. */
  usedBy: string | null;
  /** The latest task of its conversation; null where there is none any more. */
  lastTask: string | null;
  /** When that one ended, in milliseconds since 1970; null where it has not, or there is none. */
  endedAt: number | null;
}

/** Why a worktree stays or goes. */
export type Why =
  | 'in_use'
  | 'repository_gone'
  /** Files are in it that no commit holds. */
  | 'uncommitted'
  /** It cannot be told what is in it. */
  | 'unknown'
  /** Commits that are not on its branch. */
  | 'elsewhere'
  /** Its commits are here alone. */
  | 'open'
  | 'merged'
  | 'pushed'
  | 'discarded'
  /** Nothing was ever done in it. */
  | 'empty'
  /** It was never made whole. */
  | 'unfinished'
  /** Its folder and branch are gone already. */
  | 'removed';

export interface Verdict {
  /** `save`: into a bundle, then it goes. `forget`: only its record is left, of which nobody has any use. */
  step: 'keep' | 'remove' | 'save' | 'forget';
  why: Why;
}

/** Whether what its branch holds is settled: in other words, why it may go. */
function settled(worktree: Worktree, facts: WorktreeFacts): Why | null {
  const { tip, contained } = facts;
  if (tip === null || tip === worktree.base_commit || facts.ahead === 0) return tip === null ? null : 'empty';
  // Commits that came after it was merged are open again.
  if (worktree.state !== 'open' && tip === worktree.settled_commit) return worktree.state;
  return contained;
}

function judgeFolder(worktree: Worktree, facts: WorktreeFacts): Why | null {
  if (facts.folder === 'broken') return worktree.ready_at === null ? null : 'unknown';
  if (facts.folder === 'gone') return null;
  if (facts.isDirty === null) return 'unknown';
  // What is left lying there by a discarded work was committed when it was discarded.
  return facts.isDirty ? 'uncommitted' : null;
}

/**
 * Work that is here alone is kept until nobody has touched it for `saveAfterMs`, and then saved; what no commit can hold is
 * kept for ever.
 */
export function judgeWorktree(
  worktree: Worktree,
  facts: WorktreeFacts,
  use: WorktreeUse,
  { now, saveAfterMs }: { now: number; saveAfterMs: number },
): Verdict {
  if (use.usedBy !== null) return { step: 'keep', why: 'in_use' };
  if (!facts.hasRepository) {
    const isNothing = facts.folder === 'gone' && worktree.bundle === null && use.lastTask === null;
    return { step: isNothing ? 'forget' : 'keep', why: 'repository_gone' };
  }
  const isOld = now - Math.max(use.endedAt ?? 0, Date.parse(worktree.created_at)) > saveAfterMs;
  const left = judgeFolder(worktree, facts);
  if (left === 'unknown') return { step: 'keep', why: left };
  if (facts.hasOthers || left !== null) return { step: isOld ? 'save' : 'keep', why: left ?? 'elsewhere' };
  if (facts.folder === 'gone' && facts.tip === null) {
    const isOfUse = use.lastTask !== null || worktree.bundle !== null;
    return { step: isOfUse ? 'keep' : 'forget', why: 'removed' };
  }
  const why = settled(worktree, facts);
  if (why !== null) return { step: 'remove', why };
  if (facts.tip === null) return { step: 'remove', why: facts.folder === 'broken' ? 'unfinished' : 'empty' };
  return { step: isOld ? 'save' : 'keep', why: 'open' };
}
