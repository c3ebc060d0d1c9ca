/** The record of a worktree, `worktrees/<repository>/<id>.json`: where a conversation works, and what became of its commits. */

import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import * as z from 'zod/mini';
import { parseSessionId } from '../format/session-id.ts';
import { instant, optional, parseRecord, renderRecord } from '../format/stored-record.ts';
import { parseTaskId, type TaskIdParts } from '../format/task-id.ts';

const commit = z.string().check(z.regex(/^[0-9a-f]{40,64}$/));

/** What the name of a worktree tells; null for a text that is none. Guards every path built from one. */
export function parseWorktreeId(text: string): TaskIdParts | null {
  return parseTaskId(text) ?? parseSessionId(text);
}

const isWorktreeId = (text: string) => parseWorktreeId(text) !== null;

const schema = z.object({
  schema_version: z.literal(1),
  /** The id of the task or session that it was made for; what continues that task works here, too. */
  worktree_id: z.string().check(z.refine(isWorktreeId, 'must be the id of a task or a session')),
  /** The repository's main checkout, or the bare repository: a real path, absolute. */
  repo: z.string(),
  /** Its git folder, which all its worktrees share (`--git-common-dir`): a real path, absolute. */
  git_dir: z.string(),
  /** The branch that the work is on, without `refs/heads/`. */
  branch: z.string(),
  /** What the work starts from: a branch, a tag, a commit; where nothing was named, what was checked out there. */
  base: z.string(),
  /** The local branch that the work can be merged into, without `refs/heads/`; null where the base is none. */
  base_branch: optional(z.string()),
  /** The commit that the work starts from; moves on with each rebase. */
  base_commit: commit,
  created_at: instant,
  /** When it was whole: checked out, files of its list copied, set up. Null while it is being made, or made again. */
  ready_at: optional(instant),
  /** Codes for what people should know about it: `dirty`, `submodules`, `lfs`, `kept_aside`. */
  notes: z._default(z.array(z.string()), []),
  /** The task for which it was made, or made again, last, and what was new to know then: its result says so. */
  told_with: optional(z.object({ task: z.string(), notes: z.array(z.string()) })),
  /** `open`: its commits are here alone. `discarded`: a person gave them up. */
  state: z.enum(['open', 'merged', 'pushed', 'discarded']),
  /** The tip of the branch when it was merged, pushed or discarded; later commits are open again. */
  settled_commit: optional(commit),
  /** Where its commits were saved before it was removed, as a git bundle. */
  bundle: optional(z.string()),
});

export type Worktree = z.infer<typeof schema>;

/** A repository's folder among the worktrees: its name for people, and a mark that tells it from others of that name. */
export function repositoryFolder(worktrees: string, repo: string, gitDir: string): string {
  const name =
    basename(repo)
      .replace(/[^A-Za-z0-9._-]/g, '_')
      .replace(/^[.-]+/, '')
      .slice(0, 40) || 'repository';
  return join(worktrees, `${name}-${createHash('sha256').update(gitDir).digest('hex').slice(0, 8)}`);
}

/** Where the files of a worktree are; its record lies beside it. */
export function worktreeFolder(
  worktrees: string,
  worktree: Pick<Worktree, 'repo' | 'git_dir' | 'worktree_id'>,
): string {
  return join(repositoryFolder(worktrees, worktree.repo, worktree.git_dir), worktree.worktree_id);
}

/** The lock under which everything is done that changes the repository: commits, merges, worktrees. */
export function repositoryLock(worktrees: string, { repo, git_dir }: Pick<Worktree, 'repo' | 'git_dir'>): string {
  return join(repositoryFolder(worktrees, repo, git_dir), '.lock');
}

/** How names of branches begin that we gave: the second one beside a branch called `ccdispatch`. */
export const ownBranchPrefixes = ['ccdispatch/', 'ccdispatch-'] as const;

/** Whether the worktree's branch has a name of ours: then it goes with the worktree; one that a person named is the person's. */
export function isOwnBranch({ branch, worktree_id }: Pick<Worktree, 'branch' | 'worktree_id'>): boolean {
  return ownBranchPrefixes.some((prefix) => branch.startsWith(prefix + worktree_id));
}

/** The branch of a new worktree, where none was named. */
export function branchOf(worktreeId: string): string {
  return `ccdispatch/${worktreeId}`;
}

/** Reads a record. Throws `failed` for text that is none, or a newer version's. */
export function parseWorktree(json: string, path: string): Worktree {
  return parseRecord(json, path, "a worktree's record", schema);
}

/** The record as it is written to disk. */
export function renderWorktree(worktree: Worktree): string {
  return renderRecord(worktree);
}
