// A bot as a process on a loopback Bot API server, and the people who write to it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BotApiServer, startBotApiServer } from '../../../src/lib/demo/bot-api-server.ts';
import type { Invocation } from '../../run-program.ts';
import { type Home, makeSandbox, until } from '../../sandbox.ts';

/** Two bots that answer on the same server, one at a time: a token has one poller. */
export interface BotStage {
  server: BotApiServer;
  /** Our bot, in a new home whose settings know these people; it may send so many messages a second (30 by default). */
  startOurs(people: readonly number[], messagesPerSecond?: number): Promise<RunningBot>;
  /** The bot that only echoes; it waits for each answer to be sent, or not. */
  startGrammy(way: 'one by one' | 'side by side'): Promise<RunningBot>;
  close(): Promise<void>;
}

export interface RunningBot {
  pid: number;
  /** Null for a bot that has none. */
  home: Home | null;
  stop(): Promise<void>;
}

/** So many people, each with a private chat of the same id. */
export function peopleOf(count: number, from = 1): number[] {
  return Array.from({ length: count }, (_, index) => 10_000 + from + index);
}

const greeter = 9_999;

/** Bots that live: none outlives us, however we end. */
const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});
const deadly = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
for (const [signal, exitCode] of Object.entries(deadly)) process.once(signal, () => process.exit(exitCode));

async function startProcess({ command, args, env, cwd }: Invocation, server: BotApiServer, home: Home | null) {
  const child = spawn(command, [...args], { env, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  living.add(child);
  const ended = once(child, 'exit').finally(() => living.delete(child));
  const bot: RunningBot = {
    pid: child.pid as number,
    home,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
  try {
    // Whatever is loaded with the first answer is not what is measured.
    await answersTo(
      server,
      [greeter],
      () => server.pushText(greeter, '/ping'),
      () => child.exitCode === null,
    );
  } catch (error) {
    await bot.stop();
    throw new Error(`The bot did not answer: ${said}`, { cause: error });
  }
  return bot;
}

/** Has the people ask, and waits until the bot has sent so many messages to each; gives the instants in the order of asking. */
export async function answersTo(
  server: BotApiServer,
  chats: readonly number[],
  ask: () => unknown,
  isAlive = () => true,
): Promise<Map<string, number[]>> {
  const sentAt = new Map(chats.map((chat): [string, number[]] => [String(chat), []]));
  const wanted = new Map<string, number>();
  for (const chat of chats) wanted.set(String(chat), (wanted.get(String(chat)) ?? 0) + 1);
  let missing = chats.length;
  const end = server.onChange(({ kind, message }) => {
    const instants = sentAt.get(message.chatId);
    if (kind !== 'sent' || !instants || instants.length >= (wanted.get(message.chatId) ?? 0)) return;
    instants.push(performance.now());
    missing--;
  });
  try {
    await ask();
    await until('all are answered', () => missing === 0 || !isAlive());
    if (missing > 0) throw new Error('The bot has ended.');
    return sentAt;
  } finally {
    end();
  }
}

/** The people write so many times a second; gives for each how long it took until the bot's message was there. */
export async function delaysOf(
  server: BotApiServer,
  people: readonly number[],
  { text, perSecond }: { text: string; perSecond: number },
): Promise<number[]> {
  const askedAt: number[] = [];
  const startedAt = performance.now();
  const sentAt = await answersTo(server, people, async () => {
    for (const [index, person] of people.entries()) {
      await sleep(Math.max(0, startedAt + (index * 1000) / perSecond - performance.now()));
      askedAt.push(performance.now());
      server.pushText(person, text);
    }
  });
  return people.map((person, index) => (sentAt.get(String(person))?.[0] ?? Number.NaN) - (askedAt[index] as number));
}

/** The server, and the means to start either bot on it. */
export async function openBotStage(): Promise<BotStage> {
  const server = await startBotApiServer();
  const sandbox = makeSandbox();
  let homes = 0;
  return {
    server,
    async startOurs(people, messagesPerSecond = 30) {
      const allowedUserIds = [greeter, ...people].map(String);
      const home = sandbox.addHome(`home-${homes++}`, {
        telegram: { token: server.token, apiUrl: server.url, allowedUserIds, messagesPerSecond },
      });
      return await startProcess(home.cli('bot'), server, home);
    },
    async startGrammy(way) {
      const env = {
        ...sandbox.env,
        BOT_TOKEN: server.token,
        BOT_API: server.url,
        BOT_WAITS: way === 'one by one' ? '1' : '0',
      };
      const args = [join(process.cwd(), 'bench', 'topics', 'bot', 'grammy-echo.mjs')];
      return await startProcess({ command: process.execPath, args, env, cwd: sandbox.folder }, server, null);
    },
    async close() {
      await sandbox.close();
      await server.close();
    },
  };
}
