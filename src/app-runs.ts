/** The composition of what runs tasks: built from the app and its settings, for the worker and for commands that make tasks. */

import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import type { App } from './app.ts';
import { openCarrier } from './app-conversations.ts';
import { environmentFor, isRoot, profileOf } from './app-environment.ts';
import { ownProgram } from './app-program.ts';
import { sessionParts } from './app-sessions.ts';
import { bypassesPool } from './lib/accounts/environment.ts';
import type { Log } from './lib/adapters/log.ts';
import { silentLog } from './lib/adapters/log.ts';
import { type PermissionHook, quoteForShell } from './lib/agents/claude/settings.ts';
import { hasOwnAccount, parseEnvFile } from './lib/agents/environment.ts';
import { type AgentSet, createAgents } from './lib/agents/registry.ts';
import type { LiveSettings } from './lib/config/live.ts';
import type { Settings } from './lib/config/schema.ts';
import { createMask, createRedactor, secretsOf } from './lib/errors/redact.ts';
import type { Deliverer } from './lib/outbox/deliver.ts';
import { createOutbox, type Outbox } from './lib/outbox/store.ts';
import { createPool, type Pool } from './lib/runs/accounts/pool.ts';
import { type ControlParts, cancelTask } from './lib/runs/control.ts';
import type { RunLimits } from './lib/runs/judge.ts';
import { createFactsKept } from './lib/runs/waiting/waiting-facts.ts';
import type { SuperviseParts } from './lib/runs/watched.ts';
import type { OwnProgram } from './lib/runs/worker/wake.ts';
import type { Delivery } from './lib/runs/worker/worker.ts';
import type { SessionParts } from './lib/sessions/process.ts';
import { createSessionStore } from './lib/sessions/store.ts';
import type { SubmitParts } from './lib/submit/submit.ts';
import { latestRun, type Task } from './lib/tasks/record.ts';
import type { Users } from './lib/users/store.ts';

/** The command line of our hook: absolute, and quoted for the shell that the agent runs it in. */
export function hookCommand(program: OwnProgram): string {
  return [program.command, ...program.args, 'notify-hook'].map(quoteForShell).join(' ');
}

/** A person has this long to answer; then the hook has a minute to say so before the agent gives it up. */
const hookGraceSeconds = 60;

/** The hook that asks people, with what it must know of the settings: it starts too often to read them itself. */
function permissionHook(program: OwnProgram, settings: Settings): PermissionHook {
  const { timeoutMinutes } = settings.approvals;
  const botId = botIdOf(settings);
  const flags = ['--minutes', String(timeoutMinutes), ...(botId === null ? [] : ['--bot', botId])];
  return {
    command: [program.command, ...program.args, 'permission-hook', ...flags].map(quoteForShell).join(' '),
    timeoutSeconds: Math.ceil(timeoutMinutes * 60) + hookGraceSeconds,
  };
}

/** The number before the colon of a bot's token; null without a token. */
export function botIdOf(settings: Settings): string | null {
  return settings.telegram.token?.split(':')[0] ?? null;
}

export function openOutbox(app: App, settings: Settings): Outbox {
  return createOutbox({ files: app.files, paths: app.paths, clock: app.clock, botId: botIdOf(settings) });
}

export async function submitParts(app: App, settings: Settings): Promise<SubmitParts> {
  return {
    files: app.files,
    paths: app.paths,
    clock: app.clock,
    settings,
    tasks: await app.openTasks(),
    queue: app.queue,
    history: app.history,
    sessions: createSessionStore(app),
    outbox: openOutbox(app, settings),
    git: app.git,
    cwd: app.cwd,
    realPath: realpathSync,
    isRoot: isRoot(),
    facts: createFactsKept(),
  };
}

/** A folder as it is named and, where links lead there, as it really is: rules must meet both. */
function spellings(folder: string): string[] {
  try {
    return [...new Set([folder, realpathSync(folder)])];
  } catch {
    return [folder];
  }
}

/** Secrets of the settings, to be masked wherever text leaves us. */
export function secretsOfSettings(settings: Settings): string[] {
  const profiles = Object.values(settings.profiles).flatMap((profile) => [
    profile.apiKey ?? '',
    profile.authToken ?? '',
    ...secretsOf(profile.env),
  ]);
  return [settings.telegram.token ?? '', ...profiles].filter((secret) => secret !== '');
}

/** After its outcome an agent may take so long to leave before it is ended. */
const lingerMs = 10_000;

/** Settings that do not change while a command lives. */
export const fixedSettings = (settings: Settings): LiveSettings => ({
  current: () => settings,
  refresh: async () => {},
});

/** The agents as the settings name them now. */
function agentsOf(app: App, live: LiveSettings): AgentSet {
  const fixed = {
    files: app.files,
    homes: spellings(app.paths.home),
    personHomes: spellings(app.env.HOME || homedir()),
    hookCommand: hookCommand(ownProgram()),
  };
  let made: { settings: Settings; agents: AgentSet } | undefined;
  const now = () => {
    const settings = live.current();
    if (made?.settings !== settings) {
      const agents = createAgents({ ...fixed, settings, permissionHook: permissionHook(ownProgram(), settings) });
      made = { settings, agents };
    }
    return made.agents;
  };
  return {
    get: (name) => now().get(name),
    names: () => now().names(),
    variablesOf: (name) => now().variablesOf(name),
  };
}

/** The accounts as runs are given them, unless the environment or a task's profile names its own. */
export async function openPool(app: App, log: Log, live: LiveSettings): Promise<Pool> {
  const [accounts, tasks] = [await app.openAccounts(), await app.openTasks()];
  const [sessions, users] = [createSessionStore(app), await app.openUsers(live.current())];
  return createPool({
    accounts,
    tasks,
    queue: app.queue,
    clock: app.clock,
    log,
    currentOf: (task) => {
      const id = task.session_id;
      if (id === null || !sessions.exists(id)) return latestRun(task)?.account ?? task.account;
      return sessions.load(id).account;
    },
    // What a person may use goes before what he chose.
    groupOf: (task) =>
      (task.user_id === null ? null : users.find(task.user_id)?.account_group) ??
      profileOf(live.current(), task)?.accountGroup ??
      null,
    isLeftToPool: (task) => {
      const profile = profileOf(live.current(), task);
      const env = { ...app.env, ...parseEnvFile(app.files.read(app.paths.env) ?? '') };
      return !bypassesPool(env) && !(profile && hasOwnAccount(profile));
    },
  });
}

/** All that following a run needs. With settings that follow their file, each run starts with those of its moment. */
export async function superviseParts(
  app: App,
  settings: Settings,
  log: Log,
  live: LiveSettings = fixedSettings(settings),
): Promise<Omit<SuperviseParts, 'onDiskFull' | 'onWaiting'> & { pool: Pool; sessionParts: SessionParts }> {
  const agents = agentsOf(app, live);
  const accounts = await app.openAccounts();
  const pool = await openPool(app, log, live);
  const carry = openCarrier(app, accounts, log);
  const environmentOf = (task: Task) => {
    const account = pool.given(task.task_id)?.environment ?? null;
    const { task_id: id } = task;
    const marks = { CCDISPATCH_TASK_ID: id, CCDISPATCH_TASK_DIR: app.paths.task(id) };
    return environmentFor({ app, settings: live.current(), agents, account }, task, marks);
  };
  let quotas: Promise<Users['quotas']> | undefined;
  const loadQuotas = () => {
    quotas ??= app.openUsers(settings).then((users) => users.quotas);
    return quotas;
  };
  const secretsFor = (task: Task) => [
    ...secretsOf(environmentOf(task)),
    ...secretsOfSettings(live.current()),
    ...accounts.allSecrets(),
  ];
  return {
    sessionParts: sessionParts({ app, live, agents, accounts, carry }),
    carry,
    patienceMs: () => live.current().approvals.timeoutMinutes * 60_000,
    tasks: await app.openTasks(),
    history: app.history,
    outbox: openOutbox(app, settings),
    queue: app.queue,
    files: app.files,
    locks: app.locks,
    processes: app.processes,
    clock: app.clock,
    paths: app.paths,
    log,
    agents,
    pool,
    environmentOf,
    refusalOf: (task) => refusalOfRoot(task, live.current()),
    asksPeople: ({ options, telegram_group }) =>
      options.approvals || (telegram_group !== null && botIdOf(live.current()) !== null),
    graceMs: settings.timeouts.graceSeconds * 1000,
    redactFor: (task) => createRedactor(secretsFor(task)),
    maskFor: (task) => createMask(secretsFor(task)),
    limitsOf: (task) => runLimits(task, live.current()),
    onWall: () => live.current().limits.onWall,
    refreshSettings: () => live.refresh(),
    // People and their quotas are of no use before the first run has ended.
    usage: {
      settle: async (task) => {
        try {
          await (await loadQuotas()).settle(task);
        } finally {
          await accounts.settle(task);
        }
      },
    },
  };
}

/** A task may have been made before the settings took that from root. */
function refusalOfRoot({ options }: Task, { yolo }: Settings): string | null {
  if (!options.yolo || !isRoot() || yolo.allowRoot) return null;
  return 'It is to run without permission prompts, and that root may only where the settings say so. Let another system user run it, or set yolo.allowRoot in the config file; then retry the task.';
}

function runLimits(task: Task, { timeouts }: Settings): RunLimits {
  const wallMs = timeouts.wallSeconds === null ? null : timeouts.wallSeconds * 1000;
  return {
    silenceMs: timeouts.silenceSeconds * 1000,
    wallMs: task.options.timeout_ms ?? wallMs,
    backgroundMs: timeouts.backgroundSeconds * 1000,
    lingerMs,
  };
}

/** The agents' programs as the worker was told them, for its lock file. */
export function agentPaths(settings: Settings): Record<string, string> {
  const custom = Object.entries(settings.agents.custom).map(
    ([name, { command }]) => [name, command.join(' ')] as const,
  );
  return { claude: settings.agents.claude.bin ?? 'claude', ...Object.fromEntries(custom) };
}

/** All that people's commands about an existing task need. */
export async function controlParts(app: App, settings: Settings): Promise<ControlParts> {
  return {
    tasks: await app.openTasks(),
    queue: app.queue,
    history: app.history,
    outbox: openOutbox(app, settings),
    files: app.files,
    processes: app.processes,
    agents: agentsOf(app, fixedSettings(settings)),
    clock: app.clock,
    paths: app.paths,
    log: silentLog,
    usage: (await app.openUsers(settings)).quotas,
  };
}

/**
 * What delivers the outbox; null without a bot's token. A worker that delivers stands back as soon as the bot lives,
 * and its messages carry buttons only where the bot hears them.
 */
export async function openDeliverer(
  app: App,
  settings: Settings,
  log: Log,
  by: 'worker' | 'bot' = 'worker',
): Promise<Deliverer | null> {
  const api = await app.openTelegram(settings.telegram);
  if (!api) return null;
  const [{ createDeliverer }, { rulesFor }] = [
    await import('./lib/outbox/deliver.ts'),
    await import('./lib/outbox/rules.ts'),
  ];
  const language = settings.language === 'auto' ? undefined : settings.language;
  const hasBot = () => by === 'bot' || app.locks.isHeld(app.paths.botLock(api.botId));
  return createDeliverer({
    ...app,
    api,
    log,
    hasButtons: hasBot,
    standsBack: () => by === 'worker' && hasBot(),
    rules: rulesFor(settings.telegram),
    ...(language ? { language } : {}),
  });
}

/** Delivery for a worker: its libraries are loaded once the first runs have been started. Null without a bot's token. */
export function deliverLater(app: App, settings: Settings, log: Log): Delivery | null {
  if (!settings.telegram.token) return null;
  let deliverer: Deliverer | null | undefined;
  return {
    async run(signal) {
      await new Promise((resolve) => setImmediate(resolve));
      deliverer = await openDeliverer(app, settings, log).catch((error) => {
        log.error({ error: String((error as Error)?.stack ?? error) }, 'nothing can be delivered');
        return null;
      });
      await deliverer?.run(signal);
    },
    // Before it was looked there may be something.
    hasWork: () => deliverer === undefined || deliverer?.isIdle() === false,
  };
}

/**
 * Whose access was switched off has nothing started any more: his waiting task is cancelled when its turn has come. Only what
 * came from a chat is asked about; whoever has a shell is the owner.
 */
export async function turningAway(app: App, settings: Settings, log: Log): Promise<(task: Task) => boolean> {
  const [users, control] = [await app.openUsers(settings), await controlParts(app, settings)];
  const ending = new Set<string>();
  return ({ task_id: taskId, user_id: userId, source }) => {
    const isBarred = source.kind === 'telegram' && userId !== null && users.find(userId)?.enabled === false;
    if (!isBarred || ending.has(taskId)) return isBarred;
    ending.add(taskId);
    log.info({ task_id: taskId, user_id: userId }, 'a waiting task of somebody who was switched off is cancelled');
    void cancelTask(control, taskId, null, 'disabled')
      .catch((error) => log.error({ task_id: taskId, error: String(error) }, 'a task could not be cancelled'))
      .finally(() => ending.delete(taskId));
    return true;
  };
}
