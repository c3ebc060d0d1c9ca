// A submitter and a worker are killed before each single change that they make to the disk: whatever is missing is done by who comes next.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isEnded, type Task } from '../../src/lib/tasks/record.ts';
import { bundleProgram, runProgram, type TestProgram } from '../support/crash-program.ts';
import { hasProc, processesOf, until } from '../support/crash-stage.ts';
import type { StepRequest } from '../support/crash-step-process.ts';
import { openApp, submit, workUntilIdle } from '../support/crash-worker.ts';
import { makeHome } from '../support/home.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await bundleProgram('crash-step-process.ts');
});
afterAll(() => program.remove());

/** Speaks as Claude Code does, leaves a trace of each time it was started, and does not leave at once after its result. */
const speaker = `#!/bin/sh
echo once >> effects.txt
echo '{"type":"system","subtype":"init","session_id":"7e1b1f3e-0000-4000-8000-000000000001","model":"m"}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"the answer","total_cost_usd":0.01,"duration_ms":5,"session_id":"7e1b1f3e-0000-4000-8000-000000000001","usage":{"input_tokens":1,"output_tokens":1}}'
exec sleep 0.15
`;

const countingAgent = ['/bin/sh', '-c', 'echo once >> effects.txt; echo the answer'];

function prepare() {
  const home = makeHome();
  const bin = join(home.outside, 'speaker');
  writeFileSync(bin, speaker, { mode: 0o755 });
  mkdirSync(join(home.outside, 'person'));
  const config = {
    agents: { claude: { bin }, custom: { counting: { command: countingAgent } } },
    limits: { minFreeMemoryMb: 0 },
  };
  writeFileSync(join(home.home, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { ...home.env, PATH: process.env.PATH, HOME: join(home.outside, 'person') };
  return { home, env, app: openApp(env, home.outside) };
}

type Ground = ReturnType<typeof prepare>;

const request = (agent: string) => ({ prompt: 'say it', group: '55', agent });

/** Kills at each step in turn, on a new ground each time, until the process lives through all of them; gives the number of steps. */
async function killAtEachStep(
  what: 'submit' | 'work',
  agent: string,
  check: (ground: Ground, context: string) => Promise<void>,
): Promise<number> {
  for (let killAt = 1; ; killAt++) {
    const ground = prepare();
    if (what === 'work') await submit(ground.app, request(agent));
    const step: StepRequest = {
      env: ground.env,
      cwd: ground.home.outside,
      killAt,
      submit: what === 'submit' ? request(agent) : null,
    };
    const { signal, code } = await runProgram(program.file, JSON.stringify(step));
    await check(ground, `killed before step ${killAt}`);
    if (signal === null) {
      expect(code).toBe(0);
      return killAt - 1;
    }
  }
}

/** All tasks of the home, after a worker has done what was left. */
async function finish({ app, home }: Ground): Promise<Task[]> {
  await workUntilIdle(app);
  await until('the agents to leave', () => processesOf(home.home).length === 0, 5000);
  return home.tasks.chats().flatMap((chat) => home.tasks.ids(chat).map((taskId) => home.tasks.load(taskId)));
}

const effectsOf = ({ workdir }: Task) => {
  const file = join(workdir, 'effects.txt');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).length : 0;
};

/** What a task and its messages have come to; the same wherever the kill fell. */
function outcomeOf({ home }: Ground, task: Task) {
  const folder = join(home.paths.outbox, '55');
  const told = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ended.json')) : [];
  return {
    ended: isEnded(task),
    gone: task.runs.every((run) => run.ended_at !== null && run.outcome !== null),
    told: told.length,
    history: home.history.latest(10).length,
    waiting: home.queue.waiting().length,
    active: home.queue.active().length,
    isLocked: home.locks.isHeld(home.paths.workerLock),
  };
}

const wellEnded = { ended: true, gone: true, told: 1, history: 1, waiting: 0, active: 0, isLocked: false };

it.skipIf(!hasProc)(
  'a submitter killed at each step leaves a whole task or nothing',
  { timeout: 120_000 },
  async () => {
    let made = 0;
    const steps = await killAtEachStep('submit', 'counting', async (ground, context) => {
      const tasks = await finish(ground);
      expect(tasks.length, context).toBeLessThanOrEqual(1);
      made += tasks.length;
      for (const task of tasks) {
        expect(outcomeOf(ground, task), context).toEqual(wellEnded);
        expect([task.status, effectsOf(task)], context).toEqual(['completed', 1]);
      }
      const left = ground.home.files.list(ground.home.paths.chatTasks('55'));
      expect(left, context).toEqual(tasks.map(({ task_id }) => task_id));
      expect(ground.home.queue.waiting(), context).toEqual([]);
    });
    expect(steps).toBeGreaterThan(5);
    expect(made).toBeGreaterThan(1);
  },
);

it.skipIf(!hasProc)(
  'a worker killed at each step of a run with a conversation leaves it to be ended once',
  {
    timeout: 120_000,
  },
  async () => {
    const steps = await killAtEachStep('work', 'claude', async (ground, context) => {
      const [task] = (await finish(ground)) as [Task];
      expect(outcomeOf(ground, task), context).toEqual(wellEnded);
      expect([task.status, task.result, effectsOf(task)], context).toEqual(['completed', 'the answer', 1]);
    });
    expect(steps).toBeGreaterThan(10);
  },
);

it.skipIf(!hasProc)(
  'a worker killed at each step of an agent that cannot be resumed never starts it twice',
  {
    timeout: 120_000,
  },
  async () => {
    let lost = 0;
    const steps = await killAtEachStep('work', 'counting', async (ground, context) => {
      const [task] = (await finish(ground)) as [Task];
      expect(outcomeOf(ground, task), context).toEqual(wellEnded);
      if (task.status === 'completed')
        return expect([task.result, effectsOf(task)], context).toEqual(['the answer', 1]);
      lost++;
      expect([task.status, task.reason, effectsOf(task)], context).toEqual(['failed', 'lost', 1]);
      // What it had printed is kept for people.
      expect(task.result, context).toContain('the answer');
    });
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(steps);
  },
);
