// Everything of ours is killed at random over one continuous workload: each task ends once, and each chat hears of it once.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { BotFault } from '../../src/lib/demo/bot-api-server.ts';
import { killAtRandom } from '../support/crash-kills.ts';
import { type CrashStage, hasProc, openStage } from '../support/crash-stage.ts';
import { judge } from '../support/crash-verdict.ts';
import { settleAll, startWorkload } from '../support/crash-workload.ts';
import { seededRandom } from '../support/random.ts';

const kills = Number(process.env.TEST_KILLS ?? 30);
const firstSeed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const inFlight = 6;
const timeoutMs = 90_000 + kills * 2500;

function pickFault(roll: number): BotFault | null {
  if (roll < 0.06) return { kind: 'status', status: 429, retryAfter: 0.2 + roll * 5 };
  if (roll < 0.11) return { kind: 'status', status: 500 };
  if (roll < 0.15) return { kind: 'drop-before' };
  if (roll < 0.19) return { kind: 'drop-after' };
  if (roll < 0.21) return { kind: 'html' };
  return roll < 0.35 ? { kind: 'slow', ms: roll * 300 } : null;
}

/** Telegram's server fails at random, and for moments nobody listens on its port; ends when the function is called. */
function makeTrouble({ bot, gate }: CrashStage, next: () => number): () => Promise<void> {
  let isOver = false;
  bot.setFaults(() => pickFault(next()));
  const closing = (async () => {
    while (!isOver) {
      await sleep(1000 + next() * 2000);
      await gate.shut();
      await sleep(100 + next() * 300);
      await gate.open();
    }
  })();
  return async () => {
    isOver = true;
    await closing;
    bot.setFaults(null);
  };
}

async function run(seed: number, hasTrouble: boolean): Promise<void> {
  const began = performance.now();
  const { next } = seededRandom(seed);
  const stage = await openStage({ next });
  try {
    const endTrouble = hasTrouble ? makeTrouble(stage, seededRandom(seed + 1).next) : async () => {};
    const workload = startWorkload(stage, next, inFlight);
    const hits = await killAtRandom({ stage, workload, next, kills, pause: [30, 250] });
    await workload.end();
    await endTrouble();
    const killed = performance.now();
    await settleAll(stage, 45_000).catch((error) => console.warn(String(error)));
    const { faults, figures } = judge(stage, workload.wishes);
    const seconds = (from: number) => Math.round((performance.now() - from) / 100) / 10;
    const told = JSON.stringify({
      seed,
      seconds: seconds(began),
      'to settle': seconds(killed),
      killed: hits,
      ...figures,
    });
    console.info(told);
    expect(faults, `TEST_SEED=${firstSeed} repeats it: ${told}`).toEqual([]);
    expect(figures.tasks, `too few tasks to show anything: ${told}`).toBeGreaterThan(kills / 10);
  } finally {
    await stage.close();
  }
}

it.skipIf(!hasProc)(
  `loses nothing and does nothing twice over ${kills} kills (TEST_SEED=${firstSeed})`,
  { timeout: timeoutMs },
  () => run(firstSeed, false),
);

it.skipIf(!hasProc)(`nor where Telegram's server fails as well (TEST_SEED=${firstSeed})`, { timeout: timeoutMs }, () =>
  run(firstSeed, true),
);
