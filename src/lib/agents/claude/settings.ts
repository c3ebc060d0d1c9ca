/** The settings file of a run of Claude Code: our hooks, the rules that protect what is not the agent's, and how long it keeps transcripts. */

export interface RunSettingsRequest {
  /** Absolute paths of our home: as it is named, and as it really is where that differs. */
  homes: readonly string[];
  /** The chat whose workspaces the agent may read. */
  chatId: string;
  /** The worktree that it works in; null or absent for none. */
  worktreeId?: string | null | undefined;
  /** The same of the person's home, for `~/.ssh`. */
  personHomes: readonly string[];
  /** The hook's command line, absolute and quoted for a shell. */
  hookCommand: string;
  /** The hook that asks a person, in the same form; null where nobody could answer. */
  permissionHook: PermissionHook | null;
  /** Patterns of absolute paths that the agent may read without asking. */
  readable?: readonly string[];
}

export interface PermissionHook {
  command: string;
  /** The agent gives up on the hook after so long, and goes on without an answer: the hook must be quicker. */
  timeoutSeconds: number;
}

/**
 * Seconds that the hook of a run's end may take. Without a time of its own the agent cuts it off after one and a half (measured),
 * which on a busy machine is less than a program takes to start; the agent itself allows a minute at most.
 */
const endHookSeconds = 30;

/** Files and folders of our home that no agent reads or edits. */
const protectedFiles = [
  'config.json',
  'config.yaml',
  'config.yml',
  // What `init --force` sets aside.
  'config.*.backup-*',
  // What whoever replaces one of these has written when he is killed.
  '.tmp-*',
  'env',
  'users.json',
  'users.json.good',
  'accounts.json',
  'accounts.json.good',
  'key',
  // Of an account: its counters, and in its agent's folder logins, settings and what was typed. Not all of that folder: the
  // agent lays long outputs aside in its `projects`, and reads them again.
  'accounts/*/*.json',
  'accounts/*/.*',
  'accounts/*/*/.*',
  'accounts/*/*/*.json',
  'accounts/*/*/*.jsonl',
  'accounts/*/*/projects/*/*.jsonl',
  'accounts/*/*/*.toml',
  '*.lock',
  'worktrees/*/*.json',
  'worktrees/*/*.bundle',
  'worktrees/*/.lock',
];
const protectedFolders = [
  'tasks',
  'sessions',
  'inbox',
  'outbox',
  'logs',
  'queue',
  'history',
  'usage',
  'registrations',
  'alerts',
  'file-operations',
  'accounts/*/days',
  'accounts/*/*/backups',
];

/** The characters that names of chats are made of. */
const alphabet = '-0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Patterns that match every chat's name but this one: names that differ at some character, shorter and longer ones; new
 * names are covered too. The rules have no "all but", and take a negated class (`[!1]`) for any character: the classes
 * name what they match.
 */
export function patternsOfOthers(name: string): string[] {
  const patterns: string[] = [];
  for (const [index, char] of [...name].entries()) {
    const before = name.slice(0, index);
    patterns.push(`${before}[${alphabet.replace(char, '')}]*`);
    if (index > 0) patterns.push(before);
  }
  patterns.push(`${name}[${alphabet}]*`);
  return patterns;
}

/** Read and Edit rules for an absolute path; a leading double slash is how the agent's rules write one. */
function denied(path: string): string[] {
  return [`Read(/${path})`, `Edit(/${path})`];
}

/** What is denied to every agent: our records, other chats' workspaces, all transcripts, and the person's keys. */
export function denyRules({
  homes,
  chatId,
  worktreeId,
  personHomes,
}: Pick<RunSettingsRequest, 'homes' | 'chatId' | 'worktreeId' | 'personHomes'>): string[] {
  const otherWorktrees = worktreeId ? patternsOfOthers(worktreeId) : ['*'];
  const ours = homes.flatMap((home) => [
    ...protectedFiles.map((name) => `${home}/${name}`),
    ...protectedFolders.map((name) => `${home}/${name}/**`),
    ...patternsOfOthers(chatId).map((name) => `${home}/workspaces/${name}/**`),
    ...otherWorktrees.map((name) => `${home}/worktrees/*/${name}/**`),
  ]);
  // Transcripts hold what others asked and were answered; what an agent lays aside for itself is in folders beside them.
  const persons = personHomes.flatMap((home) => [
    `${home}/.ssh/**`,
    `${home}/.config/ccdispatch/**`,
    `${home}/.claude/projects/*/*.jsonl`,
  ]);
  return [...ours, ...persons].flatMap(denied);
}

/**
 * A hook that keeps its JSON with the run and settles the run if no worker lives: it fires after the result is on disk. And
 * one that asks a person before a tool is used that needs permission; without it the agent refuses itself such tools.
 */
export function claudeRunSettings(request: RunSettingsRequest): object {
  const { permissionHook, readable = [] } = request;
  const ask = permissionHook && {
    type: 'command',
    command: permissionHook.command,
    timeout: permissionHook.timeoutSeconds,
  };
  return {
    // Any run deletes transcripts older than this, also those that a task of ours may resume.
    cleanupPeriodDays: 3650,
    permissions: {
      ...(readable.length > 0 ? { allow: readable.map((path) => `Read(/${path})`) } : {}),
      deny: denyRules(request),
    },
    hooks: {
      SessionEnd: [{ hooks: [{ type: 'command', command: request.hookCommand, timeout: endHookSeconds }] }],
      ...(ask ? { PermissionRequest: [{ matcher: '*', hooks: [ask] }] } : {}),
    },
  };
}

/** A word quoted for a POSIX shell: hook commands are run by one. */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
