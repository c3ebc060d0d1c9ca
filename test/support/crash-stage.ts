// The ground of the crash tests: a home, loopback servers, our program as processes, and a look at all that runs for this home.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { type BotApiServer, startBotApiServer } from '../../src/lib/demo/bot-api-server.ts';
import { type ModelServer, startModelServer } from '../../src/lib/demo/model-server.ts';
import { createOutbox, type Outbox } from '../../src/lib/outbox/store.ts';
import { type Gate, openGate } from './crash-gate.ts';
import { countingScript, effectsFile, type Tally } from './crash-script.ts';
import { makeHome, type TestHome } from './home.ts';
import { type CommandOptions, type CommandResult, runCommand } from './run-command.ts';

export interface CrashStage {
  home: TestHome;
  /** What our program sees. */
  env: Record<string, string>;
  outbox: Outbox;
  bot: BotApiServer;
  model: ModelServer;
  /** Between our program and the Bot API server. */
  gate: Gate;
  tallies: ReadonlyMap<string, Tally>;
  cli(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Numbers of processes of our program for this home that do this command (`worker`, `dispatch`, …). */
  find(command: string): number[];
  /** Every process that belongs to this home, agents and their tools included, as `pid command`. */
  running(): string[];
  close(): Promise<void>;
}

/** A custom agent that does what is asked of it at most once per start: `<word> <seconds>` on standard input. */
const countingAgent = `read -r word seconds; echo "$word" >> ${effectsFile}; sleep "$seconds"; echo "This is the answer of $word."`;

/** Whether processes can be looked into: without that nobody can say what was killed, and what is left. */
export const hasProc = existsSync('/proc/self/environ');

/** Waits until `look` gives something true; throws after `timeoutMs`, naming what it waited for. */
export async function until(what: string, look: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!look()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(20);
  }
}

/** The process that it came from; null for one that is gone. */
function parentOf(pid: number): number | null {
  try {
    // The name in parentheses may hold anything; state and parent come after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function commandOf(pid: string, home: string): string | null {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    if (!environment.split('\0').includes(`CCDISPATCH_HOME=${home}`)) return null;
    // A zombie has neither environment nor arguments.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || null;
  } catch {
    return null;
  }
}

/** Processes with this home in their environment: all of ours, and all that an agent of ours started. */
export function processesOf(home: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const command = commandOf(pid, home);
      return command === null ? [] : [{ pid: Number(pid), command }];
    });
}

export interface StageRequest {
  /** Laid over the config file. */
  config?: Record<string, unknown>;
  /** Chance of the model's delays. */
  next?: () => number;
  home?: TestHome;
  /** Laid over the environment of our program. */
  env?: Record<string, string>;
}

/** What there is to know of a stage, for whoever has to find out why its test failed. */
function describe({ home, paths, tasks, queue }: TestHome): string {
  const ids = tasks.chats().flatMap((chat) => tasks.ids(chat));
  const logs = existsSync(paths.logs) ? readdirSync(paths.logs).sort() : [];
  return [
    ...processesOf(home).map(({ pid, command }) => `runs: ${pid} ${command.slice(0, 300)}`),
    `waiting: ${queue.waiting().map(({ taskId }) => taskId)}; active: ${queue.active()}; aside: ${queue.aside()}`,
    ...ids.map((taskId) => JSON.stringify({ ...tasks.load(taskId), prompt: undefined })),
    ...logs.map(
      (name) => `${name}:\n${readFileSync(join(paths.logs, name), 'utf8').split('\n').slice(-400).join('\n')}`,
    ),
  ].join('\n');
}

/** Sets up the ground, and tells what was on it where the test fails. Whoever asks for it closes it. */
export async function openStage({
  config = {},
  next = () => 0,
  home = makeHome(),
  env: further = {},
}: StageRequest = {}): Promise<CrashStage> {
  const person = join(home.outside, 'person');
  const scratch = join(home.outside, 'tmp');
  for (const folder of [person, scratch]) mkdirSync(folder);
  const settings = {
    agents: { custom: { counting: { command: ['/bin/sh', '-c', countingAgent] } } },
    limits: { maxSessions: 5, perUser: 5, minFreeMemoryMb: 0 },
    ...config,
  };
  writeFileSync(join(home.home, 'config.json'), JSON.stringify(settings), { mode: 0o600 });
  const bot = await startBotApiServer();
  const gate = await openGate(bot.url);
  const { script, tallies } = countingScript(next);
  const model = await startModelServer({ script });
  const env = {
    ...home.env,
    HOME: person,
    CLAUDE_BIN: fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url)),
    CLAUDE_CODE_TMPDIR: scratch,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'key-of-no-account',
    TELEGRAM_API_URL: gate.url,
    TELEGRAM_BOT_TOKEN: bot.token,
    ...further,
  };
  let atEnd = '';
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail') console.error(atEnd);
  });
  return {
    home,
    env,
    outbox: createOutbox({ ...home, clock: systemClock, botId: bot.token.split(':')[0] as string }),
    bot,
    model,
    gate,
    tallies,
    cli: (args, options = {}) => runCommand(args, { cwd: home.outside, ...options, env: { ...env, ...options.env } }),
    find(wanted) {
      const found = processesOf(home.home)
        .filter(({ command }) => command.includes(`ccdispatch.js ${wanted}`))
        .map(({ pid }) => pid);
      // What it starts just now still bears its name, and becomes another program in the next moment.
      return found.filter((pid) => !found.includes(parentOf(pid) ?? 0));
    },
    running: () => processesOf(home.home).map(({ pid, command }) => `${pid} ${command.slice(0, 200)}`),
    async close() {
      atEnd = describe(home);
      for (let round = 0; round < 20; round++) {
        const left = processesOf(home.home);
        if (left.length === 0) break;
        for (const { pid } of left) kill(pid);
        await sleep(25);
      }
      await gate.close();
      await Promise.all([bot.close(), model.close()]);
    },
  };
}

/** Kills a process at once; says whether it was there. */
export function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
