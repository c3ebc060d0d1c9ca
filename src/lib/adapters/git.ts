/** Git as a port. Repositories belong to agents: nothing that their settings name is run. */

/** Work in a repository that is nowhere else; `unknown` where git cannot tell. */
export type UnsavedWork = 'uncommitted' | 'unpushed' | 'stashed' | 'unknown';

export interface Git {
  /**
   * What would be lost with this folder: changes or new files not committed, commits that no remote branch has, stashes.
   * Null where there is nothing. `folder` holds `.git`, or is a bare repository.
   */
  unsavedWork(folder: string): Promise<UnsavedWork | null>;
}

const timeoutMs = 30_000;

/** A repository can name programs of its own (hooks, monitors, filters, transports), which git would run for us. */
const safeSettings = [
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'protocol.allow=never'],
  ...['-c', 'gc.auto=0'],
];

const safeEnvironment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_PAGER: 'cat',
  LC_ALL: 'C',
};

/** Runs git in the folder; gives its output, or null where it fails. */
async function git(folder: string, args: readonly string[]): Promise<string | null> {
  const { execa } = await import('execa');
  const result = await execa('git', [...safeSettings, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...safeEnvironment },
    extendEnv: false,
    stdin: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  return result.exitCode === 0 ? result.stdout : null;
}

/** Settings that take the repository's own filters away: `status` would run them on changed files. */
async function withoutFilters(folder: string): Promise<string[] | null> {
  // Ends with 1 where no setting matches, so all of them are listed.
  const names = await git(folder, ['config', '--list', '--name-only', '-z']);
  if (names === null) return null;
  const filters = new Set(
    names.split('\0').flatMap((name) => /^(filter\..*)\.(?:clean|smudge|process)$/s.exec(name)?.[1] ?? []),
  );
  // A name with "=" cannot be overridden this way; nobody names a filter so by accident.
  if ([...filters].some((name) => name.includes('='))) return null;
  return [...filters].flatMap((name) => [
    '-c',
    `${name}.clean=`,
    '-c',
    `${name}.process=`,
    '-c',
    `${name}.required=false`,
  ]);
}

async function unsavedWork(folder: string): Promise<UnsavedWork | null> {
  const isBare = await git(folder, ['rev-parse', '--is-bare-repository']);
  const filters = await withoutFilters(folder);
  if (isBare === null || filters === null) return 'unknown';
  if (isBare !== 'true') {
    // Submodules are repositories of their own, looked at by themselves.
    const changes = await git(folder, [...filters, 'status', '--porcelain', '--ignore-submodules=dirty']);
    if (changes === null) return 'unknown';
    if (changes !== '') return 'uncommitted';
  }
  const refs = await git(folder, ['for-each-ref', '--format=%(refname)', 'refs/stash', 'refs/heads']);
  if (refs === null) return 'unknown';
  if (refs.split('\n').includes('refs/stash')) return 'stashed';
  // A HEAD that is not born yet names no commit.
  const hasCommit = (await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD'])) !== null;
  const tips = [...(hasCommit ? ['HEAD'] : []), ...(refs === '' ? [] : ['--branches'])];
  if (tips.length === 0) return null;
  const unpushed = await git(folder, ['rev-list', '--max-count=1', ...tips, '--not', '--remotes']);
  if (unpushed === null) return 'unknown';
  return unpushed === '' ? null : 'unpushed';
}

export const systemGit: Git = { unsavedWork };
