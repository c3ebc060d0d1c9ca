// Ending a run: gently first, and then nothing of it is left, wherever it went.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { systemProcesses as processes } from '../../../src/lib/adapters/processes.ts';
import { taskVariable } from '../../../src/lib/agents/end-processes.ts';
import { endProcesses, sweepTaskUntilGone } from '../../../src/lib/runs/end-processes.ts';
import { aTask } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';
import { makeRunHome, type RunHome } from './run-home.ts';

let home: RunHome;
beforeEach(() => {
  home = makeRunHome({ isHasty: true });
});

const parts = { processes, clock: systemClock };
/** An id of the test's own: other tests look for what carries theirs. */
const task = aTask({ task_id: `task-${process.pid}-${Date.now()}` });
const taskId = task.task_id;
const found = () => processes.findByEnv(taskVariable, new Set([taskId]));
const read = (name: string) => {
  const file = path.join(home.outside, name);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
};

async function start(script: string) {
  onTestFinished(() => sweepTaskUntilGone(parts, taskId));
  const agent = await home.startAgent(task, script);
  return agent;
}

describe('ending', () => {
  it.each([
    ['is asked by an interrupt', 'trap "echo INT >> signals; exit" INT', 'INT\n', 5000],
    [
      'then by a termination',
      'trap "echo INT >> signals" INT; trap "echo TERM >> signals; exit" TERM',
      'INT\nTERM\n',
      400,
    ],
    [
      'and then is not asked any more',
      'trap "echo INT >> signals" INT; trap "echo TERM >> signals" TERM',
      'INT\nTERM\n',
      400,
    ],
  ])('%s', async (_how, traps, signals, graceMs) => {
    const agent = await start(`${traps}; echo ready > ready; while :; do sleep 0.01; done`);
    await until('the agent', () => read('ready'));
    await endProcesses(parts, agent.id, taskId, graceMs);
    expect([read('signals'), processes.isAlive(agent.id), found()]).toEqual([signals, false, []]);
  });

  it('takes what went into sessions of its own, and what lost our mark', async () => {
    const agent = await start('setsid sleep 60 & env -u CCDISPATCH_TASK_ID sleep 61 & echo $! > pid; exec sleep 62');
    const pid = Number(await until('the one without the mark', () => read('pid').trim()));
    await until('the others', () => found().length === 2);
    const unmarked = await until('its start', () => processes.identify(pid));
    await endProcesses(parts, agent.id, taskId, 500);
    expect([found(), processes.isAlive(unmarked)]).toEqual([[], false]);
  });

  it('takes what outlived an agent that is gone', async () => {
    const agent = await start('setsid sleep 60 & env -u CCDISPATCH_TASK_ID sleep 61 & echo $! > pid; exit 0');
    await agent.exited;
    const pid = Number(await until('the one without the mark', () => read('pid').trim()));
    await until('the other one', () => found().length > 0);
    await endProcesses(parts, agent.id, taskId, 500);
    expect([found(), processes.identify(pid)]).toEqual([[], null]);
  });

  it('misses nothing whose environment cannot be read at one moment', async () => {
    const kills: number[] = [];
    // It is there in the first round, not in the second, and again in the third.
    const rounds = [[5], [], [6], [], []];
    const looks: Pick<typeof processes, 'findByEnv' | 'signal'> = {
      findByEnv: () => (rounds.shift() ?? []).map((pid) => ({ pid, value: taskId, isLeader: false, cpuTime: 0 })),
      signal: (pid) => kills.push(pid) > 0,
    };
    await sweepTaskUntilGone({ processes: { ...processes, ...looks }, clock: home.clock }, taskId);
    expect([kills, rounds]).toEqual([[5, 6], []]);
  });

  it('looks once where nothing is left of what went by itself', async () => {
    let looks = 0;
    const findByEnv = () => {
      looks++;
      return [];
    };
    await sweepTaskUntilGone({ processes: { ...processes, findByEnv }, clock: home.clock }, taskId);
    expect(looks).toBe(1);
  });

  it('of what was never started, or is gone already, touches nobody', async () => {
    await endProcesses(parts, null, taskId, 10);
    const ours = processes.identify(process.pid);
    // Our own number with another start: a process that is gone, whose number we have by now.
    await endProcesses(parts, { pid: process.pid, started: 'earlier' }, taskId, 10);
    expect(processes.identify(process.pid)).toEqual(ours);
  });
});
