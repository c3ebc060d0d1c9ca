/** Pushes a worktree's branch and asks for a pull request, or says what would. */

import type { Forge } from '../adapters/forge.ts';
import { shellWord } from '../format/shell-word.ts';
import { oneLine } from '../format/text.ts';
import { type CommitRequest, commitHeld } from './commit.ts';
import { branchGone } from './diff.ts';
import { changeRecord, type HeldRepository, holdRepository, type WorkParts } from './held-repository.ts';
import { finishMove } from './rebase.ts';
import type { Worktree } from './record.ts';

export interface PublishParts extends WorkParts {
  forge: Forge;
}

export type Published =
  /** `url` is null, and `commands` are what would open the pull request, where `gh` is missing or would not. */
  | { kind: 'pushed'; branch: string; commit: string; remote: string; url: string | null; commands: string[] }
  /** The branch has no commit of its own. */
  | { kind: 'nothing'; branch: string }
  | { kind: 'no-remote'; repo: string }
  /** What the agent left is not on its branch; this ref keeps it. */
  | { kind: 'elsewhere'; kept: string }
  /** git's own words, and the commands that did not work. */
  | { kind: 'not-pushed'; text: string; commands: string[] };

interface Plan {
  worktree: Worktree;
  tip: string;
  remote: string;
  /** The remote's branch that the work is for; null: what the remote takes by default. */
  target: string | null;
  title: string;
}

/**
 * Commits what is not committed, pushes the branch with the person's own git, and opens a pull request with `gh` where
 * that is installed and logged in. May be done again: there is one pull request, and the branch is moved on.
 */
export async function publishWork(parts: PublishParts, known: Worktree, request: CommitRequest): Promise<Published> {
  // The network may be slow: nobody else waits for it.
  const plan = await holdRepository(parts, known, 'push', (repository, worktree) =>
    planPush(repository, worktree, request),
  );
  if ('kind' in plan) return plan;
  const { worktree, tip, remote } = plan;
  const { branch, repo } = worktree;
  const commands = [
    `git -C ${shellWord(repo)} push ${remote} ${branch}`,
    `(cd ${shellWord(repo)} && gh ${createArguments(plan).map(shellWord).join(' ')})`,
  ];
  const expected = worktree.state === 'pushed' ? worktree.settled_commit : null;
  const pushed = await parts.forge.push({ folder: repo, remote, commit: tip, branch, expected });
  if (!pushed.isOk) return { kind: 'not-pushed', text: lastWords(pushed.stderr), commands };
  await holdRepository(parts, worktree, 'push', (repository, current) =>
    changeRecord(repository, current, { state: 'pushed', settled_commit: tip }),
  );
  const url = await openRequest(parts.forge, plan);
  return { kind: 'pushed', branch, commit: tip, remote, url, commands: url === null ? commands.slice(1) : [] };
}

const lastWords = (text: string) =>
  text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('hint:'))
    .slice(-3)
    .join('\n') || 'git gave no reason';

async function planPush(
  repository: HeldRepository,
  worktree: Worktree,
  request: CommitRequest,
): Promise<Plan | Exclude<Published, { kind: 'pushed' }>> {
  await finishMove(repository, worktree);
  const { tip, kept } = await commitHeld(repository, worktree, request);
  if (tip === null) return branchGone(worktree);
  if (kept !== null) return { kind: 'elsewhere', kept };
  if (tip === worktree.base_commit) return { kind: 'nothing', branch: worktree.branch };
  const found = await findRemote(repository, worktree);
  if (found === null) return { kind: 'no-remote', repo: worktree.repo };
  return { worktree, tip, ...found, title: oneLine(request.title) };
}

/** Where a person's own push of the base would go, and what the base is called there. */
async function findRemote(
  repository: HeldRepository,
  { base, base_branch }: Worktree,
): Promise<Pick<Plan, 'remote' | 'target'> | null> {
  const remotes = (await repository.read(['remote'])).split('\n').filter(Boolean);
  const setting = async (name: string) => (await repository.run(['config', '--get', name])).stdout;
  const branch = base_branch ?? '';
  const named = [
    ...(branch ? [await setting(`branch.${branch}.pushRemote`)] : []),
    await setting('remote.pushDefault'),
    ...(branch ? [await setting(`branch.${branch}.remote`)] : []),
    base.split('/')[0] as string,
    'origin',
    remotes.length === 1 ? (remotes[0] as string) : '',
  ];
  const remote = named.find((name) => remotes.includes(name));
  if (remote === undefined) return null;
  const merges = branch ? (await setting(`branch.${branch}.merge`)).replace(/^refs\/heads\//, '') : '';
  const ofRemote = base.startsWith(`${remote}/`) ? base.slice(remote.length + 1) : '';
  return { remote, target: merges || branch || ofRemote || null };
}

function createArguments({ worktree, target, title }: Plan): string[] {
  const into = target === null ? [] : ['--base', target];
  return ['pr', 'create', '--head', worktree.branch, ...into, '--title', title || worktree.branch, '--fill'];
}

/** Opens the pull request, or finds the one that is open; null where `gh` is missing or would not. */
async function openRequest(forge: Forge, plan: Plan): Promise<string | null> {
  const { repo, branch } = plan.worktree;
  const status = await forge.gh(repo, ['auth', 'status']);
  if (!status?.isOk) return null;
  const view = await forge.gh(repo, [
    'pr',
    'view',
    branch,
    '--json',
    'state,url',
    '--jq',
    'select(.state=="OPEN").url',
  ]);
  const open = view?.isOk ? urlIn(view.stdout) : null;
  if (open !== null) return open;
  const created = await forge.gh(repo, createArguments(plan));
  return created?.isOk ? urlIn(created.stdout) : null;
}

const urlIn = (text: string) => /https?:\/\/\S+/.exec(text)?.[0] ?? null;
