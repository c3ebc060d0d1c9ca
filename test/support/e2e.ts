// An end-to-end scene: a home and a person of its own, loopback servers, the real claude program, and our program as a process.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BotApiServer, type SentMessage, startBotApiServer } from '../../src/lib/demo/bot-api-server.ts';
import { type ModelRequest, type ModelServer, startModelServer } from '../../src/lib/demo/model-server.ts';
import { parseTaskId } from '../../src/lib/format/task-id.ts';
import type { Task, TaskRun } from '../../src/lib/tasks/record.ts';
import { type Part, playParts, type Steps, textOfRequest } from './e2e-model.ts';
import { listProcessesWith } from './process-scan.ts';
import { type CommandResult, program } from './run-command.ts';

export interface SceneRequest {
  /** Laid over the config file of the scene, section by section. */
  config?: Record<string, Record<string, unknown>>;
  /** Custom agents: name and shell script. */
  agents?: Record<string, string>;
  /** Laid over the environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** The bot's token and the address of its server stand in the config file, not in the environment. */
  hasBotInConfig?: boolean;
}

export interface CliOptions {
  input?: string | Buffer;
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Runs it as somebody else; only root can. */
  user?: { uid: number; gid: number };
  /** Hears the process as soon as it runs. */
  onStart?: (pid: number) => void;
}

export interface Scene {
  folder: string;
  home: string;
  /** The person's HOME. */
  person: string;
  env: Record<string, string>;
  bot: BotApiServer;
  model: ModelServer;
  /** Starts our program and waits for its end and the end of its output; its exit code is not judged. */
  cli(args: readonly string[], options?: CliOptions): Promise<CommandResult>;
  /** `dispatch` with these arguments, which must succeed; gives the task's id. */
  dispatch(args: readonly string[], options?: CliOptions): Promise<string>;
  /** The claude program as a person would start it by hand, in the scene's environment. */
  claude(args: readonly string[], options?: CliOptions): Promise<CommandResult>;
  /** What the model does when a prompt holds the word. */
  plays(word: string, steps: Steps, part?: Partial<Pick<Part, 'later' | 'before'>>): void;
  /** The model's requests of conversations whose text holds the word, the agents' housekeeping left out. */
  asked(word: string): ModelRequest[];
  taskFolder(taskId: string): string;
  task(taskId: string): Task;
  latestRun(taskId: string): TaskRun;
  /** Waits for the first task of a chat, and gives the id of the newest. */
  latestOf(chatId: string): Promise<string>;
  /** Waits until the task runs and its agent said something. */
  running(taskId: string): Promise<Task>;
  /** Waits until the task has ended and everything of its run is gone. */
  ended(taskId: string): Promise<Task>;
  /** Waits until nothing is left to be sent to the chat, and gives all its messages. */
  told(chatId: string): Promise<SentMessage[]>;
  /** The messages of a chat that carry an outcome. */
  results(chatId: string): SentMessage[];
  /** The process of the living worker; null where there is none. */
  workerPid(): number | null;
  /** Kills the living worker with SIGKILL. */
  killWorker(): Promise<void>;
  /** Waits until no worker lives. */
  workerGone(): Promise<void>;
  /** Stops the worker, ends what is left, and throws if anything was, or if a secret lies in the home. */
  close(): Promise<void>;
}

export const sceneKey = 'sk-scene-key-of-no-account-0123456789';
export const claudeProgram = fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url));

const isEnded = ({ status }: Task) => ['completed', 'failed', 'cancelled'].includes(status);
const cliTimeoutMs = 25_000;
const leaveMs = 4000;

/** Waits until `look` gives something true, and gives it; throws after `timeoutMs`, naming what it waited for. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 40_000,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found as Exclude<T, false | null | undefined | 0 | ''>;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(20);
  }
}

/** Whether a process of this number runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (!hasProc) return true;
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Whether processes can be looked into. */
export const hasProc = fs.existsSync('/proc/self/environ');

/** The environment that a process was started with. */
export function readEnvironment(pid: number): Record<string, string> {
  const pairs = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(
    pairs.filter(Boolean).map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** The id that a script of ours wrote into a file once it ran. */
export async function pidIn(file: string): Promise<number> {
  const text = await until(`a process number in ${path.basename(file)}`, () =>
    fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : '',
  );
  return Number(text);
}

function withoutUndefined(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<string, string>;
}

type RunOptions = CliOptions & { cwd: string; env: Record<string, string> };

function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const { cwd, env } = options;
    const child = spawn(command, args, { cwd, env, stdio: 'pipe', ...options.user });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    const tooLong = setTimeout(() => child.kill('SIGKILL'), cliTimeoutMs);
    // A program that does not read its input closes the pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.on('error', reject);
    child.on('spawn', () => options.onStart?.(child.pid as number));
    child.on('close', (exitCode, signal) => {
      clearTimeout(tooLong);
      resolve({ ...output, exitCode, signal });
    });
  });
}

interface Folders {
  folder: string;
  home: string;
  person: string;
}

function makeFolders(request: SceneRequest, bot: BotApiServer): Folders {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'scene-')));
  const [home, person, agents] = ['home', 'person', 'agents'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [home, person, agents, path.join(folder, 'tmp')]) fs.mkdirSync(each, { mode: 0o700 });
  const custom: Record<string, { command: string[] }> = {};
  for (const [name, script] of Object.entries(request.agents ?? {})) {
    const file = path.join(agents, name);
    fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    custom[name] = { command: [file] };
  }
  const config = {
    ...request.config,
    agents: { ...request.config?.agents, custom: { ...custom, ...(request.config?.agents?.custom ?? {}) } },
    // Other work on the machine must not hold up a run.
    limits: { maxSessions: 10, perUser: 10, minFreeMemoryMb: 0, ...request.config?.limits },
    timeouts: { graceSeconds: 1, ...request.config?.timeouts },
    telegram: { ...(request.hasBotInConfig ? { token: bot.token, apiUrl: bot.url } : {}), ...request.config?.telegram },
  };
  fs.writeFileSync(path.join(home, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  return { folder, home, person };
}

function environmentOf({ folder, home, person }: Folders, bot: BotApiServer, model: ModelServer) {
  return {
    PATH: process.env.PATH,
    HOME: person,
    TMPDIR: path.join(folder, 'tmp'),
    LANG: 'C.UTF-8',
    CCDISPATCH_HOME: home,
    CCDISPATCH_TEST_RUN: process.env.CCDISPATCH_TEST_RUN,
    CLAUDE_BIN: claudeProgram,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '0',
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: sceneKey,
    TELEGRAM_API_URL: bot.url,
    TELEGRAM_BOT_TOKEN: bot.token,
  };
}

/** The text of a file; empty for what is none, or went while somebody looked. */
function textOf(file: string): string {
  try {
    return fs.lstatSync(file).isFile() ? fs.readFileSync(file, 'latin1') : '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Files below a folder whose text holds one of the words, `env` and config files left out. */
export function filesWith(folder: string, words: readonly string[]): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^(env|config\.(json|ya?ml))$/.test(name))
    .map((name) => path.join(folder, name))
    .filter((file) => {
      const text = textOf(file);
      return words.some((word) => text.includes(word));
    });
}

/** Ends what still carries the scene's folder; gives what it was, our own children left out. */
async function endLeftProcesses(folder: string): Promise<string[]> {
  const deadline = performance.now() + leaveMs;
  let left = listProcessesWith(folder, process.pid);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(50);
    left = listProcessesWith(folder, process.pid);
  }
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return left.map(({ pid, command }) => `${pid} ${command.slice(0, 160)}`);
}

function isResult({ text, deleted, document }: SentMessage): boolean {
  // A progress message ends as a single line that points to the result.
  return !deleted && document === null && /^(✅|❌|⏹)/.test(text) && text.includes('\n');
}

function openRecords(home: string, bot: BotApiServer) {
  const taskFolder = (taskId: string) => path.join(home, 'tasks', parseTaskId(taskId)?.chatId ?? 'no-task-id', taskId);
  const task = (taskId: string) =>
    JSON.parse(fs.readFileSync(path.join(taskFolder(taskId), 'task-meta.json'), 'utf8')) as Task;
  const latestRun = (taskId: string) => {
    const run = task(taskId).runs.at(-1);
    if (!run) throw new Error(`${taskId} has no run`);
    return run;
  };
  const lockedBy = () => {
    const lock = path.join(home, 'worker.lock');
    const { pid } = JSON.parse(fs.existsSync(lock) ? fs.readFileSync(lock, 'utf8') || '{}' : '{}') as { pid?: number };
    return pid !== undefined && isRunning(pid) ? pid : null;
  };
  const pendingOf = (chatId: string) => {
    const folder = path.join(home, 'outbox', chatId);
    if (!fs.existsSync(folder)) return [];
    return fs.readdirSync(folder).filter((name) => /^[^.].*\.json$/.test(name) && !name.endsWith('.delivery.json'));
  };
  return {
    taskFolder,
    task,
    latestRun,
    latestOf: (chatId: string) =>
      until(`a task of ${chatId}`, () => {
        const folder = path.join(home, 'tasks', chatId);
        return (
          fs.existsSync(folder) &&
          fs
            .readdirSync(folder)
            .filter((name) => parseTaskId(name))
            .sort()
            .at(-1)
        );
      }),
    workerPid: lockedBy,
    killWorker: async () => {
      const pid = await until('a worker to kill', lockedBy);
      process.kill(pid, 'SIGKILL');
      await until('the worker to die', () => !isRunning(pid));
    },
    workerGone: async () => void (await until('the worker to leave', () => lockedBy() === null)),
    running: async (taskId: string) => {
      await until(`${taskId} to run`, () => {
        const { status, runs } = task(taskId);
        const events = path.join(taskFolder(taskId), 'runs', String(runs.at(-1)?.n), 'events.jsonl');
        return status === 'running' && fs.existsSync(events) && fs.statSync(events).size > 0;
      });
      return task(taskId);
    },
    ended: async (taskId: string) => {
      await until(`${taskId} to end`, () => isEnded(task(taskId)) && latestRun(taskId).ended_at !== null);
      return task(taskId);
    },
    told: async (chatId: string) => {
      await until(
        `all to be told in ${chatId}`,
        () => bot.messages(chatId).length > 0 && pendingOf(chatId).length === 0,
      );
      return bot.messages(chatId);
    },
    results: (chatId: string) => bot.messages(chatId).filter(isResult),
  };
}

/** Sets a scene up. One worker's environment and settings hold for all of its tests; `close` it in the end. */
export async function startScene(request: SceneRequest = {}): Promise<Scene> {
  const bot = await startBotApiServer();
  const folders = makeFolders(request, bot);
  const { folder, home, person } = folders;
  const parts: Part[] = [];
  const model = await startModelServer({ script: playParts(parts) });
  const env = withoutUndefined({
    ...environmentOf(folders, bot, model),
    ...(request.hasBotInConfig ? { TELEGRAM_BOT_TOKEN: undefined, TELEGRAM_API_URL: undefined } : {}),
    ...request.env,
  });
  const run = (command: string, args: readonly string[], options: CliOptions = {}) => {
    const cwd = options.cwd ?? folder;
    return runProgram(command, args, { ...options, cwd, env: withoutUndefined({ ...env, ...options.env }) });
  };
  const cli: Scene['cli'] = (args, options) => run(process.execPath, [program, ...args], options);
  return {
    ...folders,
    env,
    bot,
    model,
    cli,
    claude: (args, options) => run(claudeProgram, args, options),
    ...openRecords(home, bot),
    async dispatch(args, options) {
      const result = await cli(['dispatch', ...args], options);
      if (result.exitCode !== 0) throw new Error(`dispatch ended with ${result.exitCode}: ${result.stderr}`);
      return result.stdout.trim();
    },
    plays: (word, steps, part) =>
      void parts.push({ later: [{ text: 'Now it is done.' }], before: () => undefined, ...part, word, steps }),
    asked: (word) => model.requests.filter((one) => !one.isSideRequest && textOfRequest(one).includes(word)),
    async close() {
      await cli(['worker', 'stop']);
      const left = await endLeftProcesses(folder);
      const secret = filesWith(home, [sceneKey, bot.token]);
      await Promise.all([bot.close(), model.close()]);
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      if (left.length > 0) throw new Error(`processes were left behind:\n  ${left.join('\n  ')}`);
      if (secret.length > 0)
        throw new Error(`a key or token of the scene (${person}) lies in:\n  ${secret.join('\n  ')}`);
    },
  };
}
