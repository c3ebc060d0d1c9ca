// A thousand tasks over ten accounts with walls at random, in virtual time, by the functions that real runs go by.

import { expect, it } from 'vitest';
import { type Candidate, type Choice, chooseAccount } from '../../../src/lib/accounts/choose.ts';
import { clearPassed, defaultFamily, newState, noteLimit, noteSuccess } from '../../../src/lib/accounts/limits.ts';
import { judgeLimit, type Refused, refusalToNote } from '../../../src/lib/runs/accounts/judge-limit.ts';
import { seededRandom } from '../../support/random.ts';

const secondMs = 1000;
const startedAt = Date.parse('2026-11-20T00:00:00Z');
const slots = 40;
const perAccount = 4;
/** A run has its first answer after so long, and ends so long after it was handed over or paused: nothing is done meanwhile. */
const answerSeconds = 3;
const leaveSeconds = 2;

interface SimAccount extends Candidate {
  /** Seconds of work that it does in each of its windows. */
  quota: number;
  windowSeconds: number;
  /** When its first window began, in seconds before the start. */
  phase: number;
  used: number;
  window: number;
}

interface SimTask {
  id: number;
  /** Seconds. */
  work: number;
  done: number;
  account: string | null;
  /** Until then its run starts, or its last one leaves. */
  busyUntil: number;
  sinceStart: number;
  takeOvers: number;
  resumeAt: number | null;
  completions: number;
  runs: number;
}

const makeTask = (id: number, work: number): SimTask => ({
  id,
  work,
  done: 0,
  account: null,
  busyUntil: 0,
  sinceStart: 0,
  takeOvers: 0,
  resumeAt: null,
  completions: 0,
  runs: 0,
});

function makeAccounts(random: () => number): SimAccount[] {
  return Array.from({ length: 10 }, (_, n) => ({
    name: `account-${n}`,
    agent: 'claude',
    active: true,
    priority: n < 3 ? 6 : 5,
    group: null,
    max_runs: perAccount,
    state: newState,
    quota: 1200 + Math.floor(random() * 4800),
    windowSeconds: 1800 + Math.floor(random() * 5400),
    phase: Math.floor(random() * 1800),
    used: 0,
    window: 0,
  }));
}

const windowOf = ({ phase, windowSeconds }: SimAccount, second: number) => Math.floor((second + phase) / windowSeconds);

/** The second at which the accounts could be done with so much work, if nothing were ever lost. */
function idealEnd(accounts: readonly SimAccount[], work: number): number {
  const used = accounts.map(() => ({ window: 0, used: 0 }));
  let left = work;
  for (let second = 0; ; second++) {
    accounts.forEach((account, n) => {
      const each = used[n] as { window: number; used: number };
      const window = windowOf(account, second);
      if (window !== each.window) Object.assign(each, { window, used: 0 });
      const now = Math.min(perAccount, account.quota - each.used);
      each.used += now;
      left -= now;
    });
    if (left <= 0) return second + 1;
  }
}

/** Runs by virtual seconds: the queue, the accounts and what they refuse. */
class Simulation {
  readonly accounts: SimAccount[];
  readonly tasks: SimTask[];
  readonly walls = { met: 0, bursts: 0, pauses: 0, handOvers: 0 };
  second = 0;
  private readonly queue: SimTask[];
  private readonly running = new Set<SimTask>();
  private readonly paused = new Set<SimTask>();
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
    this.accounts = makeAccounts(random);
    this.tasks = Array.from({ length: 1000 }, (_, id) => makeTask(id, 30 + Math.floor(random() * 300)));
    this.queue = [...this.tasks];
  }

  private get now(): number {
    return startedAt + this.second * secondMs;
  }

  private find(name: string | null): SimAccount {
    return this.accounts.find((account) => account.name === name) as SimAccount;
  }

  private choose(task: SimTask): Choice {
    const { now } = this;
    for (const account of this.accounts) account.state = clearPassed(account.state, now);
    const running = new Map<string, number>();
    for (const { account } of this.running) running.set(account ?? '', (running.get(account ?? '') ?? 0) + 1);
    const wish = { agent: 'claude', modelFamily: null, group: null, current: task.account };
    return chooseAccount(this.accounts, { ...wish, now, running });
  }

  private start(task: SimTask, name: string): void {
    Object.assign(task, { account: name, sinceStart: 0, runs: task.runs + 1 });
    const account = this.find(name);
    account.state = { ...account.state, last_used_at: new Date(this.now).toISOString() };
    this.running.add(task);
  }

  private refuse(task: SimTask, refused: Refused): void {
    const { now, walls } = this;
    const account = this.find(task.account);
    const mark = refusalToNote(refused, now);
    if (mark) account.state = noteLimit(account.state, { ...mark, modelFamily: null, now });
    const choice = this.choose(task);
    const step = judgeLimit({
      refused,
      hasAccount: true,
      next: choice.account,
      isBusy: choice.account === null && choice.why === 'busy',
      until: choice.account === null ? choice.until : null,
      takeOvers: task.takeOvers,
      onWall: 'resume',
      now,
    });
    if (step.do === 'leave' || step.do === 'stop') return;
    this.running.delete(task);
    task.busyUntil = this.second + leaveSeconds;
    if (step.do === 'pause') {
      walls.pauses++;
      Object.assign(task, { takeOvers: 0, resumeAt: step.resumeAt });
      this.paused.add(task);
    } else {
      walls.handOvers++;
      task.takeOvers++;
      this.queue.unshift(task);
    }
  }

  /** One second of a run. */
  private work(task: SimTask): void {
    const { second, random, walls } = this;
    const account = this.find(task.account);
    const window = windowOf(account, second);
    if (window !== account.window) Object.assign(account, { window, used: 0 });
    const refused = { status: 429, attempt: 1, resetsAt: null, isWall: false, window: null, isFinal: false, text: '' };
    if (account.used >= account.quota) {
      walls.met++;
      const end = (window + 1) * account.windowSeconds - account.phase;
      const resetsAt = new Date(startedAt + end * secondMs).toISOString();
      // Half of them are told while the agent still tries, half with its result.
      this.refuse(task, { ...refused, resetsAt, isWall: true, isFinal: random() < 0.5 });
    } else if (random() < 0.0002) {
      walls.bursts++;
      this.refuse(task, refused);
    } else {
      account.used++;
      task.done++;
      if (++task.sinceStart === answerSeconds) {
        account.state = noteSuccess(clearPassed(account.state, this.now), defaultFamily);
      }
      if (task.done < task.work) return;
      task.completions++;
      this.running.delete(task);
    }
  }

  private step(): void {
    const { queue, paused, running } = this;
    for (const task of paused) {
      if ((task.resumeAt ?? 0) > this.now && this.choose(task).account === null) continue;
      paused.delete(task);
      queue.push(task);
    }
    // Of tasks of one kind, as the pool has it, one is looked at in vain.
    const without = new Set<string | null>();
    for (let n = 0; n < queue.length && running.size < slots; n++) {
      const task = queue[n] as SimTask;
      if (task.busyUntil > this.second || without.has(task.account)) continue;
      const { account } = this.choose(task);
      if (account === null) without.add(task.account);
      else {
        queue.splice(n--, 1);
        this.start(task, account);
      }
    }
    for (const task of [...running]) this.work(task);
  }

  run(): void {
    for (; this.tasks.some(({ completions }) => completions === 0); this.second++) {
      if (this.second > 10 * 86_400) throw new Error('tasks were left lying');
      this.step();
    }
  }
}

it('none is lost, none is run twice, and hardly anything of what the accounts allow is left unused', () => {
  const { seed, next } = seededRandom(Number(process.env.TEST_SEED) || undefined);
  const simulation = new Simulation(next);
  simulation.run();
  const { accounts, tasks, walls } = simulation;
  const work = tasks.reduce((sum, task) => sum + task.work, 0);
  const throughput = idealEnd(accounts, work) / simulation.second;
  const figures = `walls ${walls.met}, bursts ${walls.bursts}, taken over ${walls.handOvers}, paused ${walls.pauses}`;
  console.log(`seed ${seed}: ${(throughput * 100).toFixed(1)} % of what the accounts allow; ${figures}`);
  expect(tasks.map(({ completions, done, work: wanted }) => [completions, done - wanted])).toEqual(
    tasks.map(() => [1, 0]),
  );
  expect(walls.met).toBeGreaterThan(50);
  expect(throughput, `seed ${seed}`).toBeGreaterThanOrEqual(0.95);
}, 30_000);
