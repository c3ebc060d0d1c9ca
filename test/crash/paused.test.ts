// Tasks are paused and resumed while the worker, and whoever pauses or resumes them, is killed: each ends right, and once.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isEnded, type Task } from '../../src/lib/tasks/record.ts';
import { wordOf } from '../support/crash-script.ts';
import { type CrashStage, hasProc, kill, openStage, until } from '../support/crash-stage.ts';
import { judge } from '../support/crash-verdict.ts';
import { settleAll, type Wish } from '../support/crash-workload.ts';
import { seededRandom } from '../support/random.ts';

const kills = Number(process.env.TEST_KILLS ?? 10);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const atOnce = 2;
const timeoutMs = 60_000 + kills * 3000;

interface Played {
  wishes: Wish[];
  figures: Record<'pauses' | 'resumes' | 'killed commands' | 'killed workers', number>;
}

/** Pauses what runs or waits, resumes what is paused, and kills: the command that does so, or the worker, or none. */
async function play(stage: CrashStage, next: () => number): Promise<Played> {
  const wishes: Wish[] = [];
  const figures = { pauses: 0, resumes: 0, 'killed commands': 0, 'killed workers': 0 };
  const load = (taskId: string) => stage.home.tasks.load(taskId);
  const dispatch = async (index: number): Promise<string> => {
    const word = wordOf(wishes.length);
    const wish: Wish = { word, agent: 'claude', taskId: null };
    wishes.push(wish);
    const args = ['dispatch', '-n', word, '-g', String(7101 + index), '--allowed-tools', 'Bash', `Please do ${word}.`];
    wish.taskId = (await stage.cli(args)).stdout.trim();
    return wish.taskId;
  };
  const ids: string[] = [];
  for (let index = 0; index < atOnce; index++) ids.push(await dispatch(index));
  while (figures['killed commands'] + figures['killed workers'] < kills) {
    const index = Math.floor(next() * ids.length);
    const task = load(ids[index] as string);
    if (isEnded(task)) {
      ids[index] = await dispatch(index);
      continue;
    }
    const command = task.status === 'paused' ? 'resume' : 'pause';
    const roll = next();
    const acting = stage.cli(
      ['tasks', command, task.task_id],
      roll < 0.4 ? { killWhen: sleep(60 + next() * 240) } : {},
    );
    if (roll > 0.6) {
      await sleep(next() * 400);
      const isHit = stage.find('worker').map(kill).some(Boolean);
      if (isHit) figures['killed workers']++;
    }
    const { signal } = await acting;
    if (signal === 'SIGKILL') figures['killed commands']++;
    else figures[command === 'pause' ? 'pauses' : 'resumes']++;
    await sleep(next() * 250);
  }
  return { wishes, figures };
}

/** Lets all that is paused go on, also what is only now paused by somebody who was killed at it, until all has ended. */
async function resumeAll(stage: CrashStage): Promise<void> {
  const { tasks } = stage.home;
  const all = (): Task[] => tasks.chats().flatMap((chat) => tasks.ids(chat).map((taskId) => tasks.load(taskId)));
  const deadline = performance.now() + 40_000;
  while (performance.now() < deadline && !all().every(isEnded)) {
    for (const { task_id, status } of all()) if (status === 'paused') await stage.cli(['tasks', 'resume', task_id]);
    if (stage.find('worker').length === 0) await stage.cli(['worker', '--exit-when-idle']);
    await sleep(50);
  }
}

it.skipIf(!hasProc)(
  `loses no paused task, and runs none twice, over ${kills} kills (TEST_SEED=${seed})`,
  { timeout: timeoutMs },
  async () => {
    const began = performance.now();
    const { next } = seededRandom(seed);
    const stage = await openStage({ next, config: { timeouts: { graceSeconds: 1 } } });
    try {
      const { wishes, figures } = await play(stage, next);
      await resumeAll(stage);
      await settleAll(stage, 30_000).catch((error) => console.warn(String(error)));
      await until('the worker to leave', () => stage.find('worker').length === 0, 10_000);
      const verdict = judge(stage, wishes, true);
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      const told = JSON.stringify({ seed, seconds, ...figures, ...verdict.figures });
      console.info(told);
      expect(verdict.faults, `TEST_SEED=${seed} repeats it: ${told}`).toEqual([]);
      expect(stage.home.queue.aside(), told).toEqual([]);
      // Few kills may hit every pause before it has begun.
      const isLong = kills >= 20;
      if (isLong)
        expect(verdict.figures.runs, `nothing was paused in its course: ${told}`).toBeGreaterThan(wishes.length);
    } finally {
      await stage.close();
    }
  },
);
