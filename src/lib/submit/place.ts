/** Where a task works that names a repository: checked when it is asked for, made when it runs. */

import { isAbsolute, resolve } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Git } from '../adapters/git.ts';
import type { Paths } from '../config/paths.ts';
import { expandHome, repositoryNamed, repositoryNames } from '../config/repositories.ts';
import type { Settings } from '../config/schema.ts';
import { refuse } from '../errors/errors.ts';
import type { Task } from '../tasks/record.ts';
import {
  branchPrefixOf,
  checkBranch,
  findStart,
  type InspectParts,
  inspectRepository,
  isDirty,
  type Repository,
} from '../worktrees/inspect.ts';
import { folderRefusals, optionRefusals } from '../worktrees/refusals.ts';
import type { TaskRequest } from './request.ts';

export interface PlaceParts {
  git: Git;
  files: Files;
  paths: Paths;
  settings: Pick<Settings, 'repos'>;
  cwd: string;
  /** Tells who asked what they should know although it works. */
  onNote?: ((note: string) => void) | undefined;
}

/** Where a new task is to work. */
export type Place =
  | { kind: 'worktree'; repo: string; gitDir: string; base: string; branch: string | null; branchPrefix: string }
  /** In the repository's own checkout. */
  | { kind: 'in-place'; repo: string; workdir: string };

type From = Task['source']['kind'];

/** The path that somebody means: a name of the settings, or a path; in a chat there is no folder that it could be relative to. */
function pathOf(given: string, { settings, cwd }: PlaceParts, from: From): string {
  const named = repositoryNamed(settings, given);
  if (named !== null) return named;
  const path = expandHome(given);
  if (from !== 'telegram') return resolve(cwd, path);
  if (isAbsolute(path)) return resolve(path);
  return refuse(folderRefusals.notNamed(given, repositoryNames(settings)));
}

function checkOptions({ repo, base, branch, worktree, workdir, session }: TaskRequest): void {
  const alone = [
    ...(base === undefined ? [] : ['--base']),
    ...(branch === undefined ? [] : ['--branch']),
    ...(worktree === false ? ['--no-worktree'] : []),
  ];
  if (repo === undefined && alone.length > 0) refuse(optionRefusals.withoutRepo(alone));
  if (repo === undefined) return;
  if (workdir !== undefined) refuse(optionRefusals.withWorkdir());
  if (session !== undefined) refuse(optionRefusals.withConversation());
  if (worktree === false && (base !== undefined || branch !== undefined)) refuse(optionRefusals.inPlaceFrom());
}

async function noteFaults(parts: PlaceParts, repository: Repository, base: string): Promise<void> {
  if (!parts.onNote || !(await isDirty(parts.git, repository))) return;
  parts.onNote(
    `${repository.checkout} has changes that are not committed; the work starts from ${base}, without them.`,
  );
}

/** The place of a request that names a repository, else null; throws what is wrong with it, and what to type next. */
export async function planPlace(request: TaskRequest, from: From, parts: PlaceParts): Promise<Place | null> {
  checkOptions(request);
  if (request.repo === undefined) return null;
  const { git } = parts;
  const repository = await inspectRepository(parts satisfies InspectParts, pathOf(request.repo, parts, from));
  const { repo, gitDir, checkout } = repository;
  if (request.worktree === false) {
    if (checkout !== null) return { kind: 'in-place', repo, workdir: checkout };
    return refuse(folderRefusals.bareInPlace(repo));
  }
  const start = await findStart(git, repository, request.base ?? null);
  // What is checked out may be something else when the work begins.
  const base = /^(?:HEAD|@)/.test(start.base) ? start.commit : start.base;
  if (request.branch !== undefined) await checkBranch(git, repository, request.branch);
  await noteFaults(parts, repository, base);
  const branchPrefix = request.branch === undefined ? await branchPrefixOf(git, repository) : '';
  return { kind: 'worktree', repo, gitDir, base, branch: request.branch ?? null, branchPrefix };
}
