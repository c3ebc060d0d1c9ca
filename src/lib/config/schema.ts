/** The shape of the config file, and the defaults of every setting. */

import * as z from 'zod/mini';

const text = z.string();
/** A text that the pattern describes; `fault` says to a person what it must be. */
const matching = (pattern: RegExp, fault: string) => text.check(z.regex(pattern, fault));
const filled = text.check(z.minLength(1));
/** A section of the file: what is left out of it, or the whole section, has its defaults. */
const section = <const Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.prefault(z.strictObject(shape), {} as never);

const textOrNumber = z.pipe(z.union([text, z.number()]), z.transform(String));
const id = z.pipe(textOrNumber, matching(/^-?\d{1,20}$/, 'must be a Telegram id (digits)'));
const userId = z.pipe(textOrNumber, matching(/^[1-9]\d{0,19}$/, "must be a person's Telegram id (digits)"));
const url = matching(/^https?:\/\/\S+$/, 'must be an http(s) URL');
const count = z.int().check(z.minimum(1));
const positive = z.number().check(z.positive());
const environment = z.record(matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'), text);
const name = matching(/^[a-z][a-z0-9_-]{0,31}$/, 'must be a short lower-case name');
const no = z._default(z.boolean(), false);

const profile = z.strictObject({
  /** Base URL and key of a service that speaks the agent's protocol. */
  baseUrl: z.optional(url),
  apiKey: z.optional(filled),
  authToken: z.optional(filled),
  model: z.optional(filled),
  /** Its tasks work with accounts of this group alone. */
  accountGroup: z.optional(filled),
  /** Further variables of the agent's environment. */
  env: z._default(environment, {}),
});

const customAgent = z.strictObject({
  /** Program and arguments; the prompt comes on standard input, the answer is what it prints. */
  command: z.array(filled).check(z.minLength(1)),
  env: z._default(environment, {}),
});

/** What package managers write: two versions of such a file are brought together by running them once more. */
const lockFiles = ['*.lock', '*-lock.json', '*-lock.yaml', '*.lockb', 'go.sum'];

const repositorySettings = z.strictObject({
  /** What people in chats call it, in place of its path. */
  name: z.optional(name),
  /** A command for a shell, run in each new worktree before the agent starts. */
  setup: z.optional(filled),
  /** The repository may bring such a command itself, in its file `.worktreesetup`. */
  trusted: no,
  /** What becomes of the work when a task has ended. */
  onEnd: z._default(z.enum(['keep', 'merge', 'pr']), 'keep'),
  /** What happens when a later task touches a file that an earlier one has changed: by default `pause` with `merge`, else `warn`. */
  onConflict: z.optional(z.enum(['pause', 'warn', 'ignore'])),
});

/** Settings of repositories, by the path of each; no two have one name. */
const repositories = z
  .record(
    matching(/^(?:\/|~\/)/, 'must be the path of a repository, absolute or beginning with ~/'),
    repositorySettings,
  )
  .check(
    z.refine((repos) => {
      const names = Object.values(repos).flatMap((repo) => repo.name ?? []);
      return new Set(names).size === names.length;
    }, 'two repositories have the same name'),
  );

export const configSchema = z.strictObject({
  language: z._default(z.enum(['auto', 'en', 'zh']), 'auto'),
  telegram: section({
    token: z.optional(matching(/^\d{5,12}:[A-Za-z0-9_-]{20,}$/, 'must be a bot token as BotFather gives it')),
    apiUrl: z._default(url, 'https://api.telegram.org'),
    proxy: z.optional(url),
    defaultChat: z.optional(id),
    /** People with every feature but `yolo` and without quota; a record in `users.json` overrides. */
    allowedUserIds: z._default(z.array(userId), []),
    /** The same, as admins. */
    adminIds: z._default(z.array(userId), []),
    /** Of the bot, to all chats together. */
    messagesPerSecond: z._default(z.int().check(z.minimum(1), z.maximum(1000)), 30),
  }),
  agents: section({
    default: z._default(filled, 'claude'),
    claude: section({ bin: z.optional(filled) }),
    passEnv: z._default(z.array(filled), []),
    custom: z._default(z.record(name, customAgent), {}),
  }),
  /** By chat id. */
  groups: z._default(
    z.record(
      matching(/^-\d{1,20}$/, "must be a group's id (digits after a minus)"),
      z.strictObject({
        /** Everybody known in the group controls its tasks, not only who asked for them. */
        shared: no,
      }),
    ),
    {},
  ),
  bot: section({
    /** A message that comes later than this is answered with a question first. */
    confirmAfterSeconds: z._default(positive, 3600),
    /**
     * What a message without a command is where the chat has no session: the beginning of one (of an agent that cannot be kept: a
     * task), a task, or worth a hint.
     */
    plainText: z._default(z.enum(['task', 'session', 'hint']), 'session'),
  }),
  approvals: section({
    /** A question that nobody answered for so long is denied. */
    timeoutMinutes: z._default(positive, 30),
    /** Who asked for the task does not answer its questions. */
    notByRequester: no,
  }),
  profiles: z._default(z.record(name, profile), {}),
  timeouts: section({
    silenceSeconds: z._default(positive, 600),
    wallSeconds: z._default(z.nullable(positive), null),
    backgroundSeconds: z._default(positive, 600),
    /** Between interrupt, terminate and kill. */
    graceSeconds: z._default(positive, 5),
  }),
  limits: section({
    maxSessions: z._default(count, 5),
    perUser: z._default(count, 5),
    /** Open sessions of one user. */
    sessionsPerUser: z._default(count, 5),
    /** Processes of sessions that are kept between turns; beyond it the least recently used sleep. */
    maxWarm: z._default(count, 8),
    minFreeMemoryMb: z._default(z.number().check(z.minimum(0)), 512),
    /** Input, cache writes and output of all agents in a sliding minute; null for no limit. */
    maxTokensPerMinute: z._default(z.nullable(count), null),
    /** Worktrees that are made, and folders that are cleaned up, at once. */
    maxFileOperations: z._default(count, 10),
    /** When every account has met its limit: go on at the reset, when somebody says so, or not at all. */
    onWall: z._default(z.enum(['resume', 'ask', 'stop']), 'resume'),
    /** So many tasks of a chat may wait; null for no limit. */
    queueDepth: z._default(z.nullable(count), null),
  }),
  sessions: section({
    /** Without a message for so long a session's process sleeps; the next message wakes it. */
    sleepAfterMinutes: z._default(positive, 30),
    /** Without a message for so long a session ends. */
    endAfterMinutes: z._default(positive, 120),
    /** Commands of the agent's own that a message may begin with, without their slash; any other is text to it. */
    slashCommands: z._default(z.array(filled), ['compact', 'context', 'cost', 'init', 'review']),
  }),
  repos: z._default(repositories, {}),
  conflicts: section({
    /** Files that several tasks may change without one of them waiting, as in `.gitignore`. */
    ignore: z._default(z.array(filled), lockFiles),
  }),
  worktrees: section({
    /** A set-up command may take so long. */
    setupMinutes: z._default(positive, 10),
    /** Worktrees whose commits are nowhere else are saved as a bundle, and removed, when nobody worked there for so long. */
    bundleAfterDays: z._default(positive, 30),
  }),
  yolo: section({ allowRoot: no }),
});

/** Every setting with its value; what the program works with. */
export type Settings = z.output<typeof configSchema>;
export type ConfigFile = z.input<typeof configSchema>;
export type Profile = z.output<typeof profile>;
export type RepositorySettings = z.output<typeof repositorySettings>;
export type CustomAgent = z.output<typeof customAgent>;
