// Tasks that meet in a file of their repository while the worker is killed again and again: none waits for ever, no work is lost.

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isEnded, type Task } from '../../src/lib/tasks/record.ts';
import { type CrashStage, hasProc, kill, openStage, until } from '../support/crash-stage.ts';
import { makeHome } from '../support/home.ts';
import { seededRandom } from '../support/random.ts';
import { commitAll, gitIn } from '../support/work-repository.ts';
import { initRepository } from '../support/worktree-home.ts';

const kills = Number(process.env.TEST_KILLS ?? 12);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
/** Rounds of tasks; each has two that change one line, and others that change lines far from it. */
const rounds = Math.max(1, Math.round(kills / 12));
const perRound = 4;
const agent = fileURLToPath(new URL('../support/scripted-agent.mjs', import.meta.url));

const text = Array.from({ length: 60 }, (_, n) => `line ${n}\n`).join('');

interface Wish {
  word: string;
  /** The line that it changes. */
  line: number;
  taskId: string;
}

async function dispatchRound(stage: CrashStage, repo: string, round: number, next: () => number): Promise<Wish[]> {
  const wishes: Wish[] = [];
  for (let n = 0; n < perRound; n++) {
    const word = `work-${round}-${n}`;
    // The last two meet in one line.
    const line = 5 + Math.min(n, perRound - 2) * 15;
    const ms = 300 + Math.round(next() * 900);
    const said = await stage.cli(['dispatch', '-n', word, '--repo', repo, `PLAN ${word} ${line} ${ms}`]);
    expect(said.exitCode, said.stderr).toBe(0);
    wishes.push({ word, line, taskId: said.stdout.trim() });
    await sleep(next() * 200);
  }
  return wishes;
}

/** Kills the worker at moments of no choice, and starts another one, until so many were hit. */
async function killWorkers(stage: CrashStage, next: () => number, count: number): Promise<number> {
  let hits = 0;
  for (let tries = 0; hits < count && tries < count * 4; tries++) {
    if (stage.find('worker').length === 0) void stage.cli(['worker', '--exit-when-idle']);
    await sleep(150 + next() * 900);
    if (stage.find('worker').map(kill).some(Boolean)) hits++;
  }
  return hits;
}

async function settle(stage: CrashStage, wishes: readonly Wish[], timeoutMs: number): Promise<Task[]> {
  const { tasks, queue } = stage.home;
  const all = () => wishes.map(({ taskId }) => tasks.load(taskId));
  await until(
    'all tasks to end',
    () => {
      if (all().every(isEnded) && queue.active().length === 0) return true;
      if (stage.find('worker').length === 0) void stage.cli(['worker', '--exit-when-idle']);
      return false;
    },
    timeoutMs,
  ).catch((error) => {
    const left = all().map(({ task_name, status, reason }) => `${task_name} ${status} ${reason ?? ''}`);
    throw new Error(`${error.message}: ${left.join(', ')}`);
  });
  return all();
}

const show = (repo: string, what: string): string | null => {
  try {
    return gitIn(repo, 'show', what);
  } catch {
    return null;
  }
};

it.skipIf(!hasProc)(
  `loses no work and leaves nobody waiting, over ${kills} kills (TEST_SEED=${seed})`,
  { timeout: 90_000 + kills * 5000 },
  async () => {
    const began = performance.now();
    const { next } = seededRandom(seed);
    const home = makeHome();
    const repo = initRepository(path.join(home.outside, 'repo'));
    commitAll(repo, 'sixty lines', { 'shared.txt': text });
    const stage = await openStage({
      next,
      home,
      env: { CLAUDE_BIN: agent },
      config: {
        repos: { [repo]: { onEnd: 'merge' } },
        timeouts: { graceSeconds: 1 },
      },
    });
    try {
      const wishes: Wish[] = [];
      let hits = 0;
      for (let round = 0; round < rounds; round++) {
        const made = dispatchRound(stage, repo, round, next);
        hits += await killWorkers(stage, next, Math.ceil(kills / rounds));
        wishes.push(...(await made));
      }
      const tasks = await settle(stage, wishes, 60_000);
      await until('the worker to leave', () => stage.find('worker').length === 0, 20_000);
      const pauses = tasks.flatMap(({ runs }) => runs).filter(({ outcome }) => outcome === 'paused').length;
      const merged = wishes.filter(({ word }) => show(repo, `main:${word}.txt`) !== null);
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      const told = `TEST_SEED=${seed} repeats it: ${JSON.stringify({ hits, tasks: tasks.length, pauses, merged: merged.length, seconds })}`;
      console.info(told);
      expect(
        tasks.map(({ status }) => status),
        told,
      ).toEqual(tasks.map(() => 'completed'));
      expect(stage.home.queue.aside(), told).toEqual([]);
      expect(gitIn(repo, 'fsck', '--no-dangling'), told).toBe('');
      expect(gitIn(repo, 'status', '--porcelain'), told).toBe('');
      expect(gitIn(repo, 'rev-list', '--merges', 'main'), told).toBe('');
      const locks = fs.readdirSync(path.join(repo, '.git'), { recursive: true, encoding: 'utf8' });
      expect(
        locks.filter((name) => /(^|\/)(index|HEAD|config|packed-refs)\.lock$/.test(name)),
        told,
      ).toEqual([]);
      for (const { word, taskId } of wishes) {
        const places = ['main', `ccdispatch/${taskId}`].filter(
          (branch) => show(repo, `${branch}:${word}.txt`) === word,
        );
        expect(places.length, `${word}; ${told}`).toBeGreaterThan(0);
        expect(show(repo, `${places[0]}:shared.txt`)?.split(word).length, `${word}; ${told}`).toBe(2);
      }
      // Who changed a line that nobody else changed has come in; of those who changed one line, the first.
      for (const line of new Set(wishes.map((wish) => wish.line))) {
        expect(
          merged.some((wish) => wish.line === line),
          `line ${line}; ${told}`,
        ).toBe(true);
      }
      expect(show(repo, 'main:shared.txt'), told).not.toMatch(/^(<<<<<<<|>>>>>>>)/m);
    } finally {
      await stage.close();
    }
  },
);
