/** What a named repository is, and whether work can start in it: asked when somebody asks for a task, before anything is made. */

import { dirname, sep } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Git, GitResult } from '../adapters/git.ts';
import type { Paths } from '../config/paths.ts';
import { refuse } from '../errors/errors.ts';
import { gitEnvironment } from './git-settings.ts';
import { branchOf } from './record.ts';
import { branchRefusals, folderRefusals } from './refusals.ts';

export interface InspectParts {
  git: Git;
  files: Files;
  paths: Pick<Paths, 'home'>;
}

export interface Repository {
  /** Its main checkout, or the bare repository: absolute, without links. */
  repo: string;
  /** The git folder that its worktrees share. */
  gitDir: string;
  /** The checkout that was named: the main one, or another worktree of it; null for a bare repository. */
  checkout: string | null;
  /** Variables for every call of git here. */
  env: Readonly<Record<string, string>>;
}

/** Where work starts. */
export interface StartingPoint {
  /** As it was named, or what is checked out in the named folder. */
  base: string;
  /** The local branch that it is, to be merged into; null for none. */
  baseBranch: string | null;
  commit: string;
}

const isIn = (path: string, folder: string) => path === folder || path.startsWith(folder + sep);

/** The folder without links, or an error that says what stands there instead. */
function checkFolder(path: string, { files, paths }: Omit<InspectParts, 'git'>): string {
  const real = files.realPath(path);
  if (real === null) return refuse(folderRefusals.nothingThere(path));
  if (!files.stat(real)?.isFolder) return refuse(folderRefusals.isFile(path));
  if (isIn(real, files.realPath(paths.home) ?? paths.home)) return refuse(folderRefusals.inHome(path));
  return real;
}

/** Why git sees no repository in the folder, in words that help. */
function explainNoRepository(path: string, { stderr }: GitResult): never {
  if (stderr.includes('dubious ownership')) return refuse(folderRefusals.othersOwn(path));
  if (stderr.includes('ENOENT') || stderr === '') return refuse(folderRefusals.noGit());
  return refuse(folderRefusals.noRepository(path));
}

/** The main checkout of a repository, which git lists first. */
async function mainFolder(git: Git, folder: string, env: Readonly<Record<string, string>>): Promise<string | null> {
  const listed = await git.run(folder, ['worktree', 'list', '--porcelain', '-z'], { env });
  const [first] = listed.stdout.split('\0');
  return listed.isOk && first?.startsWith('worktree ') ? first.slice('worktree '.length) : null;
}

/** The repository in the folder; throws `not-found`, `usage` or `not-allowed` with what to do. */
export async function inspectRepository(parts: InspectParts, path: string): Promise<Repository> {
  const { git, files } = parts;
  const folder = checkFolder(path, parts);
  const env = await gitEnvironment(git, folder);
  const ask = (...args: string[]) => git.run(folder, ['rev-parse', '--path-format=absolute', ...args], { env });
  const asked = await ask('--git-common-dir', '--absolute-git-dir', '--is-bare-repository', '--is-inside-work-tree');
  if (!asked.isOk) return explainNoRepository(folder, asked);
  const [common = '', own = '', bare, inside, ...rest] = asked.stdout.split('\n');
  const gitDir = files.realPath(common);
  if (gitDir === null || rest.length > 0) return refuse(folderRefusals.lineBreak(folder));
  if (inside !== 'true') {
    if (bare === 'true' && isSame(files, gitDir, folder)) {
      return { repo: gitDir, gitDir, checkout: null, env };
    }
    const around = bare === 'true' ? gitDir : dirname(gitDir);
    return refuse(folderRefusals.insideOf(folder, around));
  }
  const top = (await ask('--show-toplevel')).stdout;
  if (!isSame(files, top, folder)) return refuse(folderRefusals.folderOf(folder, top));
  const isLinked = files.realPath(own) !== gitDir;
  const main = isLinked ? await mainFolder(git, folder, env) : folder;
  return { repo: files.realPath(main ?? gitDir) ?? gitDir, gitDir, checkout: folder, env };
}

const isSame = (files: Files, path: string, folder: string) => files.realPath(path) === folder;

/** The commit of a name; null where there is none. */
async function findCommit(git: Git, repository: Repository, name: string): Promise<string | null> {
  const folder = repository.checkout ?? repository.repo;
  const { env } = repository;
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const { isOk, stdout } = await git.run(folder, args, { env });
  return isOk && /^[0-9a-f]{40,64}$/.test(stdout) ? stdout : null;
}

async function isBranch(git: Git, { repo, env }: Repository, name: string): Promise<boolean> {
  return (await git.run(repo, ['show-ref', '--verify', '--quiet', `refs/heads/${name}`], { env })).isOk;
}

/** Where work starts: at the named base, or at what is checked out. Throws `not-found` for a base that does not exist. */
export async function findStart(git: Git, repository: Repository, base: string | null): Promise<StartingPoint> {
  const { repo, checkout, env } = repository;
  if (base === null || base === 'HEAD') {
    const head = await git.run(checkout ?? repo, ['symbolic-ref', '--quiet', '--short', 'HEAD'], { env });
    const commit = await findCommit(git, repository, 'HEAD');
    if (commit === null) return refuse(branchRefusals.noCommit(repo, head.stdout || 'HEAD'));
    // The branch, not whatever is checked out when the work begins: a person may have switched by then.
    return head.isOk
      ? { base: head.stdout, baseBranch: head.stdout, commit }
      : { base: commit, baseBranch: null, commit };
  }
  if (await isBranch(git, repository, base)) {
    const commit = await findCommit(git, repository, `refs/heads/${base}`);
    if (commit !== null) return { base, baseBranch: base, commit };
  }
  const commit = await findCommit(git, repository, base);
  if (commit !== null) return { base, baseBranch: null, commit };
  return refuse(branchRefusals.noBase(repo, base));
}

/** Whether a branch of this name can be made: none is in its way, above or below. */
async function findObstacle(git: Git, { repo, env }: Repository, name: string): Promise<string | null> {
  const parents = name.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));
  const patterns = parents.map((parent) => `refs/heads/${parent}`);
  // A pattern without a wildcard stands for itself and all below it.
  const listed = await git.run(repo, ['for-each-ref', '--format=%(refname)', ...patterns], { env });
  const refs = listed.stdout.split('\n').map((ref) => ref.slice('refs/heads/'.length));
  return refs.find((ref) => parents.includes(ref) || ref.startsWith(`${name}/`)) ?? null;
}

/** Checks the name a person gave to the branch of the work; throws `usage`. */
export async function checkBranch(git: Git, repository: Repository, name: string): Promise<void> {
  const { repo, env } = repository;
  const checked = await git.run(repo, ['check-ref-format', '--branch', name], { env });
  if (!checked.isOk || checked.stdout !== name) refuse(branchRefusals.badName(name));
  const obstacle = await findObstacle(git, repository, name);
  if (obstacle === name) refuse(branchRefusals.taken(repo, name));
  if (obstacle !== null) refuse(branchRefusals.inTheWay(obstacle, name));
}

/** What the branches of ours are called here before their id: a branch called `ccdispatch` leaves no room below it. */
export async function branchPrefixOf(git: Git, repository: Repository): Promise<string> {
  const isInTheWay = (await findObstacle(git, repository, 'ccdispatch')) === 'ccdispatch';
  return isInTheWay ? 'ccdispatch-' : 'ccdispatch/';
}

/** A free name for a worktree's branch: `ccdispatch/<id>`; beside a branch called `ccdispatch`, `ccdispatch-<id>`. */
export async function chooseBranch(git: Git, repository: Repository, worktreeId: string): Promise<string> {
  const candidates = [branchOf(worktreeId), `ccdispatch-${worktreeId}`, `ccdispatch-${worktreeId}-again`];
  for (const candidate of candidates) {
    if ((await findObstacle(git, repository, candidate)) === null) return candidate;
  }
  return refuse(branchRefusals.allTaken(repository.repo, candidates));
}

/** Whether files of the checkout differ from its commit: work starts without those changes. */
export async function isDirty(git: Git, { checkout, env }: Repository): Promise<boolean> {
  if (checkout === null) return false;
  const args = ['status', '--porcelain', '--untracked-files=no', '--ignore-submodules=dirty'];
  const { isOk, stdout } = await git.run(checkout, args, { env });
  return isOk && stdout !== '';
}
