/** The settings file of a run of Claude Code: our hooks, the rules that protect what is not the agent's, and how long it keeps transcripts. */

export interface RunSettingsRequest {
  /** Absolute paths of our home: as it is named, and as it really is where that differs. */
  homes: readonly string[];
  /** The chat whose workspaces the agent may read. */
  chatId: string;
  /** The same of the person's home, for `~/.ssh`. */
  personHomes: readonly string[];
  /** The hook's command line, absolute and quoted for a shell. */
  hookCommand: string;
  /** The hook that asks a person, in the same form; null where nobody could answer. */
  permissionHook: PermissionHook | null;
}

export interface PermissionHook {
  command: string;
  /** The agent gives up on the hook after so long, and goes on without an answer: the hook must be quicker. */
  timeoutSeconds: number;
}

/** Files and folders of our home that no agent reads or edits. */
const protectedFiles = [
  'config.json',
  'config.yaml',
  'config.yml',
  'env',
  'users.json',
  'users.json.good',
  'accounts.json',
  'key',
  '*.lock',
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
  'accounts',
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

/** What is denied to every agent: our records, other chats' workspaces, and the person's keys. */
export function denyRules({
  homes,
  chatId,
  personHomes,
}: Pick<RunSettingsRequest, 'homes' | 'chatId' | 'personHomes'>): string[] {
  const ours = homes.flatMap((home) => [
    ...protectedFiles.map((name) => `${home}/${name}`),
    ...protectedFolders.map((name) => `${home}/${name}/**`),
    ...patternsOfOthers(chatId).map((name) => `${home}/workspaces/${name}/**`),
  ]);
  const persons = personHomes.flatMap((home) => [`${home}/.ssh/**`, `${home}/.config/ccdispatch/**`]);
  return [...ours, ...persons].flatMap(denied);
}

/**
 * A hook that keeps its JSON with the run and settles the run if no worker lives: it fires after the result is on disk. And
 * one that asks a person before a tool is used that needs permission; without it the agent refuses itself such tools.
 */
export function claudeRunSettings(request: RunSettingsRequest): object {
  const { permissionHook } = request;
  const ask = permissionHook && {
    type: 'command',
    command: permissionHook.command,
    timeout: permissionHook.timeoutSeconds,
  };
  return {
    // Any run deletes transcripts older than this, also those that a task of ours may resume.
    cleanupPeriodDays: 3650,
    permissions: { deny: denyRules(request) },
    hooks: {
      SessionEnd: [{ hooks: [{ type: 'command', command: request.hookCommand }] }],
      ...(ask ? { PermissionRequest: [{ matcher: '*', hooks: [ask] }] } : {}),
    },
  };
}

/** A word quoted for a POSIX shell: hook commands are run by one. */
export function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
