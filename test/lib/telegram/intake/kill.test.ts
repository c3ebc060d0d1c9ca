/** A poller killed at any moment over one continuous stream of updates, while Telegram's server fails at random. */

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../../scripts/build.mjs';
import { type BotApiServer, type BotFault, startBotApiServer } from '../../../../src/lib/demo/bot-api-server.ts';
import { makeHome, type TestHome } from '../../../support/home.ts';
import { seededRandom } from '../../../support/random.ts';
import { until } from './updates.ts';

const count = Number(process.env.TEST_UPDATES ?? 200);
const kills = Number(process.env.TEST_KILLS ?? 30);
const { seed, next: random } = seededRandom(Number(process.env.TEST_SEED) || undefined);

function pickFault(method: string): BotFault | null {
  const roll = random();
  if (roll < 0.05) return { kind: 'status', status: 429, retryAfter: 0.02 + random() * 0.03 };
  if (roll < 0.1) return { kind: 'status', status: 500 + Math.floor(random() * 4) };
  if (roll < 0.15) return { kind: 'drop-before' };
  if (roll < 0.22) return { kind: 'drop-after' };
  if (roll < 0.24) return { kind: 'html' };
  if (roll < 0.3 && method === 'getUpdates') return { kind: 'status', status: 409, description: 'Conflict' };
  return roll < 0.4 ? { kind: 'slow', ms: random() * 20 } : null;
}

/** Builds the poller's program where it finds the project's packages; gives its path. */
async function buildProgram(): Promise<string> {
  const cache = path.join(projectRoot, 'node_modules', '.cache', 'ccdispatch');
  fs.mkdirSync(cache, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cache, 'poller-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, 'poller.mjs');
  const entry = path.join(import.meta.dirname, 'poller-process.ts');
  const common = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent' } as const;
  await build({ ...common, entryPoints: [entry], outfile });
  return outfile;
}

interface Stage {
  program: string;
  server: BotApiServer;
  home: TestHome;
  acts: string;
}

function startPoller({ program, server, home, acts }: Stage): { child: ChildProcess; hasExited: Promise<unknown> } {
  const args = [program, home.home, server.url, server.token, acts];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, hasExited: new Promise((resolve) => child.once('exit', resolve)) };
}

/** Sends one thing, or a text in two parts; gives the ids of its updates. */
function pushSomething(server: BotApiServer): number[] {
  const chat = `${1 + Math.floor(random() * 8)}`;
  const roll = random();
  if (roll < 0.15) return [server.pushCallback(chat, 1, 'x')];
  if (roll > 0.95) return [server.pushText(chat, 'part '.repeat(818)), server.pushText(chat, 'the end')];
  return [server.pushText(chat, `text ${random()}`)];
}

/** Kills one poller after the other: half of them at a random moment, half right when a request comes in. */
async function killRounds(stage: Stage): Promise<{ pushed: number[]; hits: number }> {
  const { server, acts, home } = stage;
  const inbox = home.paths.inbox(server.token.split(':')[0] as string);
  const pushed: number[] = [];
  let onRequest: (() => void) | null = null;
  let hits = 0;
  server.setFaults((method) => {
    onRequest?.();
    return pickFault(method);
  });
  for (let round = 1; round <= kills; round++) {
    const { child, hasExited } = startPoller(stage);
    const [asked, acted] = [server.requests.length, fs.readdirSync(acts).length];
    while (pushed.length < (count * round) / kills) pushed.push(...pushSomething(server));
    const isAtWork = () => fs.readdirSync(acts).length > acted || server.requests.length > asked + 1;
    await until(() => (random() < 0.5 ? server.requests.length > asked : isAtWork()));
    if (random() < 0.5) await sleep(random() * 25);
    else await Promise.race([new Promise<void>((resolve) => (onRequest = resolve)), sleep(200)]);
    onRequest = null;
    child.kill('SIGKILL');
    await hasExited;
    if (fs.existsSync(inbox) && fs.readdirSync(inbox).some((name) => /^\d/.test(name))) hits++;
  }
  server.setFaults(null);
  return { pushed, hits };
}

it(`acts on each of ${count} updates once over ${kills} kills (seed ${seed})`, { timeout: 120_000 }, async () => {
  const server = await startBotApiServer();
  onTestFinished(() => server.close());
  const home = makeHome();
  const acts = path.join(home.outside, 'acts');
  fs.mkdirSync(acts);
  const stage = { program: await buildProgram(), server, home, acts };
  const { pushed, hits } = await killRounds(stage);

  const inbox = home.paths.inbox(server.token.split(':')[0] as string);
  const left = () => fs.readdirSync(inbox).filter((name) => /^\d/.test(name));
  const done = () => (fs.existsSync(path.join(inbox, 'done')) ? fs.readdirSync(path.join(inbox, 'done')).length : 0);
  const last = startPoller(stage);
  await until(() => done() >= pushed.length && left().length === 0, 20_000).catch(() => {});
  last.child.kill('SIGTERM');
  await last.hasExited;

  const context = `seed ${seed}, ${hits} kills hit an update in the making`;
  const names = fs.readdirSync(acts);
  expect(
    names.filter((name) => name.startsWith('double')),
    context,
  ).toEqual([]);
  const acted = names.flatMap((name) => (name.split('-')[0] as string).split('.').map(Number));
  expect(
    acted.sort((a, b) => a - b),
    context,
  ).toEqual(pushed);
  expect([left(), done()], context).toEqual([[], pushed.length]);
  expect(hits, `no kill hit anything: ${context}`).toBeGreaterThan(kills / 10);
});
