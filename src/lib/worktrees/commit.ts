/** Commits what an agent left in its worktree: on its branch where that is possible, else under a ref of ours. */

import { oneLine } from '../format/text.ts';
import { type Checkout, copyIndex, dropIndex, isInterrupted, openCheckout, outputOf, placeIndex } from './checkout.ts';
import { type HeldRepository, holdRepository, keepCommit, refusedByGit, type WorkParts } from './held-repository.ts';
import type { Worktree } from './record.ts';

export interface CommittedWork {
  /** The tip of the branch; null where somebody removed the branch. */
  tip: string | null;
  /** Whether a commit was made now. */
  isNew: boolean;
  /**
   * The ref that keeps what could not go on the branch: the agent was in the middle of a rebase or merge, or on another
   * branch. Null where nothing had to be kept so.
   */
  kept: string | null;
  /** Something of the folder is in no commit: repositories of their own, and files that cannot be read. */
  leftOut: boolean;
}

export interface CommitRequest {
  /** The first line of the commit's message. */
  title: string;
  /** The whole may take so long; then it throws `failed`, and nothing has changed. */
  timeoutMs?: number;
  /** Asked when the repository is held, before anything is done: throws where an agent has begun to work there. */
  check?: () => void;
}

const longMs = 10 * 60_000;

/** Commits what is not committed in the worktree. Throws `failed` where git refuses or takes too long. */
export function commitWork(parts: WorkParts, worktree: Worktree, request: CommitRequest): Promise<CommittedWork> {
  const { timeoutMs = longMs } = request;
  const until = performance.now() + timeoutMs;
  return holdRepository(
    parts,
    worktree,
    'commit',
    (repository, current) =>
      commitHeld(repository, current, { ...request, timeoutMs: Math.max(1, until - performance.now()) }),
    timeoutMs,
  );
}

/** The same for who holds the repository already. */
export async function commitHeld(
  repository: HeldRepository,
  worktree: Worktree,
  { title, timeoutMs = longMs, check }: CommitRequest,
): Promise<CommittedWork> {
  check?.();
  const ref = `refs/heads/${worktree.branch}`;
  // The mark goes when the checkout is opened.
  const wasCutOff = isInterrupted(repository.parts.files, repository.folder);
  for (let attempt = 1; ; attempt++) {
    const checkout = await openCheckout(repository, worktree);
    const tip = await repository.commitOf(ref);
    if (!checkout) return { tip, isNew: false, kept: null, leftOut: false };
    // Somebody committed between these two looks: what is put on top of the first would take that commit off the branch.
    const hasMoved = checkout.isOnBranch && tip !== null && tip !== checkout.head;
    if (hasMoved && attempt < maxAttempts) continue;
    if (hasMoved) return refuseMoved(worktree, ref);
    const content = await readContent(repository, worktree, checkout, timeoutMs);
    const headTree = checkout.head === null ? null : await treeOf(repository, checkout.head);
    const isClean = content.tree === headTree;
    const { leftOut } = content;
    const isHeld = checkout.isOnBranch && checkout.head === tip;
    if (isClean && isHeld) {
      // The commit may have been made without the index that belongs to it.
      if (!wasCutOff || !placeIndex(repository, checkout, content.index)) dropIndex(repository, checkout);
      return { tip, isNew: false, kept: null, leftOut };
    }
    const commit = isClean
      ? (checkout.head as string)
      : await writeWork(repository, worktree, checkout, content, title);
    if (!checkout.isOnBranch) {
      dropIndex(repository, checkout);
      const kept = await keepDetached(repository, worktree, commit);
      return { tip, isNew: false, kept, leftOut };
    }
    if (await repository.moveRef(ref, commit, tip, 'work that was not committed')) {
      if (!placeIndex(repository, checkout, content.index)) dropIndex(repository, checkout);
      return { tip: commit, isNew: true, kept: null, leftOut };
    }
    // An agent that still lives committed meanwhile.
    if (attempt === maxAttempts) return refuseMoved(worktree, ref);
  }
}

const maxAttempts = 3;

const refuseMoved = ({ repo }: Worktree, ref: string) => refusedByGit(repo, ['update-ref'], `${ref} moved`);

function writeWork(
  repository: HeldRepository,
  worktree: Worktree,
  { head }: Checkout,
  { tree }: Content,
  title: string,
): Promise<string> {
  const message = `${oneLine(title) || worktree.worktree_id}\n\nWork of ${worktree.worktree_id} that its agent had not committed.\n`;
  return repository.writeCommit({ tree, parents: head === null ? [] : [head], message });
}

/** Keeps what is not on the branch, unless some branch has it. */
async function keepDetached(repository: HeldRepository, worktree: Worktree, commit: string): Promise<string | null> {
  const held = await repository.read([
    ...['for-each-ref', '--count=1', '--format=%(refname)', `--contains=${commit}`],
    ...['refs/heads', 'refs/tags', 'refs/remotes'],
  ]);
  return held === '' ? await keepCommit(repository, worktree, 'kept', commit) : null;
}

export async function treeOf(repository: HeldRepository, commit: string): Promise<string> {
  return await repository.read(['rev-parse', '--verify', `${commit}^{tree}`]);
}

interface Content {
  tree: string;
  index: { inode: number | null };
  leftOut: boolean;
}

/** The worktree's files as a tree, ignored ones left out. The agent's own index stays as it is. */
export async function readContent(
  repository: HeldRepository,
  worktree: Worktree,
  checkout: Checkout,
  timeoutMs = longMs,
): Promise<Content> {
  const index = await copyIndex(repository, checkout);
  let added = await addAll(checkout, timeoutMs);
  if (!added.isOk && added.code !== 1 && added.code !== null) {
    // An index that cannot be read: the files themselves are what counts.
    await checkout.run(['read-tree', checkout.head ?? '--empty'], { isOurs: true });
    added = await addAll(checkout, timeoutMs);
  }
  if (!added.isOk && added.code !== 1) {
    const stderr = added.code === null ? 'there is too much to commit in the time it has' : added.stderr;
    outputOf(worktree, ['add'], { ...added, stderr });
  }
  const nested = await leaveOutNested(worktree, checkout);
  const args = ['write-tree'];
  const tree = outputOf(worktree, args, await checkout.run(args, { isOurs: true }));
  return { tree, index, leftOut: nested || !added.isOk };
}

/** Ends with 1 where single files could not be read; all others are in then. */
function addAll(checkout: Checkout, timeoutMs: number) {
  return checkout.run(['add', '--all', '--ignore-errors'], {
    isOurs: true,
    timeoutMs,
    settings: ['advice.addEmbeddedRepo=false'],
  });
}

/**
 * Repositories inside the worktree would go in as links to commits that nobody has. They are left out, unless they are
 * submodules.
 */
async function leaveOutNested(worktree: Worktree, checkout: Checkout): Promise<boolean> {
  const emptyTree = async () =>
    (await checkout.run(['hash-object', '-t', 'tree', '-w', '--stdin'], { input: '' })).stdout;
  const against = checkout.head ?? (await emptyTree());
  const args = ['diff-index', '--cached', '--raw', '--no-renames', '-z', against];
  const changes = outputOf(worktree, args, await checkout.run(args, { isOurs: true })).split('\0');
  const links = changes.flatMap((change, index) =>
    /^:(?!160000)\d{6} 160000 /.test(change) ? [changes[index + 1] as string] : [],
  );
  if (links.length === 0) return false;
  const listing = ['config', '--file', '.gitmodules', '--null', '--get-regexp', '^submodule\\..*\\.path$'];
  const { stdout } = await checkout.run(listing);
  const submodules = new Set(stdout.split('\0').map((line) => line.slice(line.indexOf('\n') + 1)));
  const nested = links.filter((path) => !submodules.has(path));
  for (const path of nested) {
    await checkout.run(['update-index', '--force-remove', '--', path], { isOurs: true });
  }
  return nested.length > 0;
}
