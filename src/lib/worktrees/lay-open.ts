/** Lays a conflict open in a worktree's files, for its agent to resolve, and knows later whether it did. */

import { type CommitRequest, commitHeld } from './commit.ts';
import { branchGone } from './diff.ts';
import { changeRecord, type HeldRepository, holdRepository, keepCommit, type WorkParts } from './held-repository.ts';
import { finishMove, mergeTrees, moveWork, type Rebased, rebaseHeld, targetOf } from './rebase.ts';
import type { Worktree } from './record.ts';

/** The commit that holds both sides with markers between them; no branch ever stays on it. */
const openRef = (worktree: Worktree) => `refs/ccdispatch/open/${worktree.worktree_id}`;

/**
 * Lets the worktree's branch start from a commit that its work does not fit onto. All that the work changed then lies in the
 * files, not committed, and what does not fit stands there with both sides and git's markers. The commits so far are kept as
 * `refs/ccdispatch/backup/<id>/<n>`. Work that fits is rebased. May be done again, also after it was killed: then `files` may
 * be empty. No agent may be at work in the worktree. Throws as {@link rebaseWork} does.
 */
export function layOpenWork(
  parts: WorkParts,
  known: Worktree,
  onto: string,
  request: CommitRequest = { title: known.worktree_id },
): Promise<Rebased> {
  return holdRepository(parts, known, 'rebase', async (repository, worktree) => {
    await finishMove(repository, worktree);
    const target = await targetOf(repository, worktree, onto);
    if (await finishOpening(repository, worktree, target)) return { kind: 'conflict', files: [] };
    const { tip } = await commitHeld(repository, worktree, request);
    if (tip === null) return branchGone(worktree);
    const merged = await mergeTrees(repository, target, tip);
    if (merged.kind === 'clean') return await rebaseHeld(repository, worktree, tip, target);
    const message = `Both sides of ${worktree.worktree_id}, to be resolved\n`;
    const open = await repository.writeCommit({ tree: merged.tree, parents: [target], message });
    await keepCommit(repository, worktree, 'backup', tip);
    await repository.read(['update-ref', openRef(worktree), open]);
    await moveWork(repository, worktree, tip, open);
    await finishOpening(repository, worktree, target);
    return { kind: 'conflict', files: merged.files };
  });
}

/** Takes the branch from the commit with the markers back to the one before; says whether the conflict lies open there. */
async function finishOpening(repository: HeldRepository, worktree: Worktree, target: string): Promise<boolean> {
  const [ref, open] = [`refs/heads/${worktree.branch}`, await repository.commitOf(openRef(worktree))];
  const base = open === null ? null : await repository.commitOf(`${open}^`);
  if (open === null || base === null) return false;
  const tip = await repository.commitOf(ref);
  if (tip === open) await repository.moveRef(ref, base, open, 'lay a conflict open');
  else if (tip !== base || base !== target) return false;
  await changeRecord(repository, worktree, { base_commit: base });
  return true;
}

/** Lines that only a conflict leaves; a line of equals signs alone is also found in texts. */
const marker = '^(<<<<<<<|>>>>>>>) ';

async function filesWithMarkers(repository: HeldRepository, commit: string): Promise<string[]> {
  const { stdout } = await repository.run(['grep', '-l', '-z', '-I', '-E', '-e', marker, commit, '--']);
  return stdout.split('\0').flatMap((line) => (line === '' ? [] : line.slice(commit.length + 1)));
}

/** Files in which a conflict was laid open and still is, as of this commit of the branch. */
export async function unresolvedFiles(
  repository: HeldRepository,
  worktree: Worktree,
  commit: string,
): Promise<string[]> {
  const open = await repository.commitOf(openRef(worktree));
  if (open === null) return [];
  const still = new Set(await filesWithMarkers(repository, commit));
  if (still.size === 0) return [];
  // Texts about git hold such lines, too.
  for (const file of await filesWithMarkers(repository, `${open}^`)) still.delete(file);
  return (await filesWithMarkers(repository, open)).filter((file) => still.has(file));
}
