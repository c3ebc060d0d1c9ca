/** A worktree as people see it: in tables, sentences and JSON. */

import type { App } from '../app.ts';
import { openFileRoom } from '../app-schedule.ts';
import { worktreeParts } from '../app-worktrees.ts';
import { createWorktreeUses } from '../lib/cleanup/worktree-uses.ts';
import { renderCount } from '../lib/format/amount.ts';
import { textsOf } from '../lib/notifications/languages.ts';
import { createSessionStore } from '../lib/sessions/store.ts';
import type { Why } from '../lib/worktrees/judge.ts';
import type { Pruned, PruneParts } from '../lib/worktrees/prune.ts';

const dayMs = 86_400_000;

/** All that looking at worktrees and removing them needs, and the age at which unsettled work is saved. */
export async function pruneParts(app: App): Promise<{ parts: PruneParts; saveAfterMs: number }> {
  const { worktrees } = await app.settings();
  const useOf = createWorktreeUses({
    tasks: await app.openTasks(),
    queue: app.queue,
    sessions: createSessionStore(app),
  });
  const { inTurn } = await openFileRoom(app);
  return { parts: { ...worktreeParts(app), useOf, inTurn }, saveAfterMs: worktrees.bundleAfterDays * dayMs };
}

/** Why a worktree stays or goes, as the rest of a sentence. */
export function explainWhy({ verdict: { why }, facts, use, worktree, failure }: Pruned): string {
  if (failure !== null) return `it could not be removed: ${failure}`;
  const commits = renderCount(facts.ahead, 'commit');
  const texts: Record<Why, string> = {
    in_use: `${use.usedBy} works there`,
    repository_gone: `its repository ${worktree.repo} is not there`,
    uncommitted: 'it holds changes that are not committed',
    unknown: 'git does not know its folder any more; look into it and remove it by hand',
    elsewhere: 'it holds commits that are not on its branch',
    open: `${commits} of ${worktree.branch} ${facts.ahead === 1 ? 'is' : 'are'} nowhere else`,
    merged: 'its commits are merged',
    pushed: 'its commits are pushed',
    discarded: 'its commits were discarded',
    empty: 'nothing was committed in it',
    unfinished: 'it was never made whole',
    removed:
      worktree.bundle === null ? 'it is removed already' : `it is removed already, and saved in ${worktree.bundle}`,
  };
  return texts[why];
}

/** The codes of a worktree's record as sentences; null for none. */
export function explainNotes(notes: readonly string[]): string | null {
  const texts: Readonly<Record<string, string>> = textsOf('en').worktreeNotes;
  return notes.length === 0 ? null : notes.map((note) => texts[note] ?? note).join(' ');
}

/** One word for the state of its work. */
export function stateOf({ worktree, facts, use, verdict }: Pruned): string {
  if (use.usedBy !== null) return 'in use';
  if (!facts.hasRepository) return 'repository gone';
  if (facts.folder === 'gone' && facts.tip === null) return worktree.bundle === null ? 'removed' : 'saved';
  if (facts.folder === 'broken') return 'broken';
  return verdict.why === 'uncommitted' || verdict.why === 'elsewhere' ? worktree.state : verdict.why;
}

/** The worktree as JSON; `bytes` where its size was asked for. */
export function describeWorktree(app: App, pruned: Pruned, bytes?: number): object {
  const { worktree, facts, use, verdict } = pruned;
  const { worktree_id, repo, branch, base, base_commit, created_at, notes } = worktree;
  return {
    worktree_id,
    repo,
    branch,
    base,
    base_commit,
    path: worktreeParts(app).worktrees.folder(worktree),
    state: stateOf(pruned).replace(' ', '_'),
    commit: facts.tip,
    ahead: facts.ahead,
    is_dirty: facts.isDirty,
    has_folder: facts.folder !== 'gone',
    ...(bytes === undefined ? {} : { bytes }),
    last_task: use.lastTask,
    used_by: use.usedBy,
    created_at,
    notes,
    step: verdict.step,
    why: verdict.why,
    bundle: pruned.bundle ?? worktree.bundle,
    failure: pruned.failure,
  };
}
