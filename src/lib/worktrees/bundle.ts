/** Saves what a worktree's branch holds as a git bundle, a file that is all there is to keep. */

import { dirname, join } from 'node:path';
import { changeRecord, type HeldRepository, type WorkParts } from './held-repository.ts';
import type { Worktree } from './record.ts';

/** Where the bundle of a worktree lies: beside its record. */
function bundlePath({ worktrees }: WorkParts, worktree: Worktree): string {
  return join(worktrees.repositoryFolder(worktree), `${worktree.worktree_id}.bundle`);
}

const bundleMs = 10 * 60_000;

/** The branch, and what refs of ours keep of the same worktree. */
async function refsOf(repository: HeldRepository, { branch, worktree_id }: Worktree): Promise<string[]> {
  const kinds = ['kept', 'backup'].map((kind) => `refs/ccdispatch/${kind}/${worktree_id}`);
  const patterns = [`refs/heads/${branch}`, ...kinds, `refs/ccdispatch/discarded/${worktree_id}`];
  const listed = await repository.read(['for-each-ref', '--format=%(refname)', ...patterns]);
  return listed.split('\n').filter(Boolean);
}

/**
 * Saves all commits that the worktree has beyond its base, for who holds the repository. Gives the path of the bundle, or null
 * where there is no such commit. The caller has committed what was not.
 */
export async function saveBundle(repository: HeldRepository, worktree: Worktree): Promise<string | null> {
  const { files } = repository.parts;
  const refs = await refsOf(repository, worktree);
  if (refs.length === 0) return null;
  const beyond = [...refs, '--not', worktree.base_commit];
  if ((await repository.read(['rev-list', '--max-count=1', ...beyond])) === '') return null;
  const path = bundlePath(repository.parts, worktree);
  // Its end is its own, so that what a killed git leaves is written over the next time.
  const temporary = `${path}.new`;
  for (const left of [temporary, `${temporary}.lock`]) files.remove(left);
  await repository.read(['bundle', 'create', '--quiet', temporary, ...beyond], { timeoutMs: bundleMs });
  await repository.read(['bundle', 'verify', '--quiet', temporary], { timeoutMs: bundleMs });
  // Its bytes must be on disk before anything is removed in trust of them; a file is synced the way a folder is.
  await files.syncFolder(temporary);
  await files.move(temporary, path);
  await files.syncFolder(dirname(path));
  await changeRecord(repository, worktree, { bundle: path });
  return path;
}
