/** Git as a port. Repositories belong to agents: nothing that their settings name is run. */

/** Work in a repository that is nowhere else; `unknown` where git cannot tell. */
export type UnsavedWork = 'uncommitted' | 'unpushed' | 'stashed' | 'unknown';

export interface Git {
  /**
   * What would be lost with this folder: changes or new files not committed, commits that no remote branch has, stashes.
   * Null where there is nothing. `folder` holds `.git`, or is a bare repository.
   */
  unsavedWork(folder: string): Promise<UnsavedWork | null>;
  /** Runs git in the folder with safe settings and no credentials; never rejects because git refuses something. */
  run(folder: string, args: readonly string[], options?: GitOptions): Promise<GitResult>;
  /** What the repository's own files set, in git's order (the last one counts); null where it cannot be read. */
  repositorySettings(folder: string, options?: GitOptions): Promise<GitSetting[] | null>;
  /** What the person's own files and the machine's set, whose programs may be run; empty where there are none. */
  personSettings(): Promise<GitSetting[]>;
}

export interface GitSetting {
  /** Section and key in lower case, as git lists them: `filter.lfs.clean`. */
  name: string;
  value: string;
}

export interface GitOptions {
  /** Settings for this call, as `name=value`. */
  settings?: readonly string[];
  /** Variables beside the few that git is given. */
  env?: Readonly<Record<string, string>>;
  /** What it reads on standard input; nothing by default. */
  input?: string;
  /**
   * A lock that git and its children hold as well: a git outlives us when we are killed, and whoever takes the lock next
   * waits for its end.
   */
  lock?: { readonly descriptor: number };
  /** Git is ended after so long: 30 s, unless named. */
  timeoutMs?: number;
  /** Ends git when it aborts. */
  signal?: AbortSignal | undefined;
}

export interface GitResult {
  isOk: boolean;
  /** Null where a signal ended it, or it could not be started. */
  code: number | null;
  /** As git wrote it, without the last line break. */
  stdout: string;
  stderr: string;
}

const defaultTimeoutMs = 30_000;
const killAfterMs = 5000;

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

async function run(folder: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const { execa } = await import('execa');
  const { settings = [], env = {}, input, lock, timeoutMs = defaultTimeoutMs, signal } = options;
  // A number is taken for a descriptor of ours at every place, but the library's types know it for the first three alone.
  const handed = lock ? [lock.descriptor as unknown as 'ignore'] : [];
  const result = await execa('git', [...safeSettings, ...settings.flatMap((setting) => ['-c', setting]), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...safeEnvironment, ...env },
    extendEnv: false,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...handed],
    ...(input === undefined ? {} : { input }),
    timeout: timeoutMs,
    // Told to end, git removes its lock files; killed, it would leave them.
    killSignal: 'SIGTERM',
    forceKillAfterDelay: killAfterMs,
    ...(signal ? { cancelSignal: signal } : {}),
    reject: false,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { exitCode, stdout, stderr } = result;
  return { isOk: exitCode === 0, code: exitCode ?? null, stdout: String(stdout ?? ''), stderr: String(stderr ?? '') };
}

/** Runs git in the folder; gives its output, or null where it fails. */
async function git(folder: string, args: readonly string[]): Promise<string | null> {
  const { isOk, stdout } = await run(folder, args);
  return isOk ? stdout : null;
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

/** Settings as `config --list -z --show-scope` prints them, of these scopes. */
function readSettings(listing: string, scopes: readonly string[]): GitSetting[] {
  const fields = listing.split('\0');
  const settings: GitSetting[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    if (!scopes.includes(fields[index] as string)) continue;
    const [name = '', ...value] = (fields[index + 1] as string).split('\n');
    // A name alone is git's way to say yes.
    settings.push({ name, value: value.length > 0 ? value.join('\n') : 'true' });
  }
  return settings;
}

const listSettings = ['config', '--list', '-z', '--show-scope'];

async function repositorySettings(folder: string, options: GitOptions = {}): Promise<GitSetting[] | null> {
  const { isOk, stdout } = await run(folder, listSettings, options);
  return isOk ? readSettings(stdout, ['local', 'worktree']) : null;
}

async function personSettings(): Promise<GitSetting[]> {
  const { execa } = await import('execa');
  const { PATH, HOME, XDG_CONFIG_HOME } = process.env;
  const result = await execa('git', listSettings, {
    // No repository is looked for: what one sets must not pass for the person's.
    env: { PATH, HOME, XDG_CONFIG_HOME, GIT_DIR: '/dev/null', LC_ALL: 'C' },
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    timeout: defaultTimeoutMs,
    reject: false,
  });
  return result.failed ? [] : readSettings(result.stdout, ['system', 'global']);
}

export const systemGit: Git = { unsavedWork, run, repositorySettings, personSettings };
