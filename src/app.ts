/** The composition root: builds the real parts lazily and once, so that a command pays only for what it uses. */

import { join } from 'node:path';
import type { Accounts, AccountsParts } from './lib/accounts/store.ts';
import { systemClock } from './lib/adapters/clock.ts';
import { systemDisk } from './lib/adapters/disk.ts';
import { namedPipes } from './lib/adapters/fifos.ts';
import { realFiles } from './lib/adapters/files.ts';
import { systemGit } from './lib/adapters/git.ts';
import { kernelLocks } from './lib/adapters/locks.ts';
import { type Log, openLater, openLog, silentLog } from './lib/adapters/log.ts';
import { thisMachine } from './lib/adapters/machine.ts';
import { systemProcesses } from './lib/adapters/processes.ts';
import { systemPrograms } from './lib/adapters/programs.ts';
import { terminalPrompt } from './lib/adapters/secret-prompt.ts';
import { processSignals } from './lib/adapters/signals.ts';
import type { TelegramApi } from './lib/adapters/telegram-api.ts';
import { processTerminal } from './lib/adapters/terminal.ts';
import { diskTrees } from './lib/adapters/trees.ts';
import { followSettings, type LiveSettings } from './lib/config/live.ts';
import type { LoadedSettings, LoadRequest } from './lib/config/load.ts';
import { homeFolder, pathsOf } from './lib/config/paths.ts';
import type { Settings } from './lib/config/schema.ts';
import { createRedactor, type Redact, secretsOf } from './lib/errors/redact.ts';
import { stampOf } from './lib/format/stamp.ts';
import { createQueue } from './lib/queue/queue.ts';
import { createHistory } from './lib/tasks/history.ts';
import type { TaskStore } from './lib/tasks/store.ts';
import type { Users, UsersParts } from './lib/users/store.ts';

export type Environment = Record<string, string | undefined>;

export interface AppRequest {
  env: Environment;
  /** The folder the command was started in. */
  cwd: string;
  /** `--config`. */
  configPath?: string | undefined;
}

/** The value, made at the first call and kept. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function openUsers(parts: UsersParts): Promise<Users> {
  const { createUsers } = await import('./lib/users/store.ts');
  return createUsers(parts);
}

async function openAccounts(parts: AccountsParts): Promise<Accounts> {
  const { createAccounts } = await import('./lib/accounts/store.ts');
  return createAccounts(parts);
}

/** The settings, read once and only when they are asked for; and followed from what they were then. */
function openConfig(request: LoadRequest) {
  const stampOfFiles = (candidates: readonly string[]) =>
    candidates.map((path) => stampOf(realFiles.stat(path))).join(' ');
  const read = once(async (): Promise<{ loaded: LoadedSettings; stamp: string }> => {
    const { configCandidates, loadSettings } = await import('./lib/config/load.ts');
    // Taken before they are read: what is changed meanwhile is read again.
    const stamp = stampOfFiles(configCandidates(request));
    return { loaded: await loadSettings(request), stamp };
  });
  return {
    loaded: async () => (await read()).loaded,
    async follow(onFault: (error: unknown) => void): Promise<LiveSettings> {
      const [first, { configCandidates, loadSettings }] = [await read(), await import('./lib/config/load.ts')];
      return followSettings({
        first: first.loaded.settings,
        firstStamp: first.stamp,
        load: async () => (await loadSettings(request)).settings,
        stamp: () => stampOfFiles(configCandidates(request)),
        onFault,
      });
    },
  };
}

/** All a command may ask for. Values are made when first used. */
export function createApp({ env, cwd, configPath }: AppRequest) {
  const paths = pathsOf(homeFolder(env));
  const parts = {
    files: realFiles,
    fifos: namedPipes,
    locks: kernelLocks,
    clock: systemClock,
    processes: systemProcesses.ofHome(paths.home),
    machine: thisMachine,
    disk: systemDisk,
    trees: diskTrees,
    git: systemGit,
    programs: systemPrograms,
    paths,
  };
  const redact: Redact = createRedactor(secretsOf(env));
  const config = openConfig({ env, home: paths.home, configPath });
  const tasks = once(async (): Promise<TaskStore> => {
    const { createTaskStore } = await import('./lib/tasks/store.ts');
    return createTaskStore(parts);
  });
  const queue = once(() => createQueue(parts));
  const history = once(() => createHistory(parts));
  return {
    ...parts,
    env,
    cwd,
    configPath,
    terminal: processTerminal,
    signals: processSignals,
    secretPrompt: terminalPrompt,
    redact,
    /** The checked settings; throws `config`. */
    settings: async () => (await config.loaded()).settings,
    /** The settings and the file they came from. */
    loaded: config.loaded,
    /** The settings as they change while a process lives. */
    followSettings: config.follow,
    /** The task folders. Opened on demand: the check of records is not needed by every command. */
    openTasks: tasks,
    get queue() {
      return queue();
    },
    get history() {
      return history();
    },
    /** The people of this home, and their quotas. */
    openUsers: (settings: Pick<Settings, 'telegram'>) => openUsers({ ...parts, settings }),
    /** The credentials that agents can work with. */
    openAccounts: once(() => openAccounts({ ...parts, env })),
    /** Telegram as the settings name it; null without a token. Its libraries are loaded only now. */
    openTelegram: async ({ token, apiUrl, proxy }: Settings['telegram']): Promise<TelegramApi | null> => {
      if (!token) return null;
      const { createTelegramApi } = await import('./lib/adapters/telegram-api.ts');
      return createTelegramApi({ token, apiUrl, proxy: proxy ?? null });
    },
    /** For code whose doings nobody needs to read later. */
    silentLog: silentLog as Log,
    /** Opens `logs/<name>.log`; secrets of the settings are masked too once they were read. */
    openLog: (name: string, mask: Redact = redact): Promise<Log> => openLog(join(paths.logs, `${name}.log`), mask),
    /** The same, when there is time for it: its library takes a while to load. */
    openLogLater: (name: string, mask: Redact): Log => openLater(() => openLog(join(paths.logs, `${name}.log`), mask)),
  };
}

export type App = ReturnType<typeof createApp>;
