// Many tasks that do nothing, from the batch to the end of the last one, against queues that keep nothing.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Line, Scene, Topic } from '../measure.ts';
import { runProgram } from '../run-program.ts';
import { countEntries, makeSandbox, type Sandbox, until } from '../sandbox.ts';

const taskCount = 500;
const slots = 5;
const ours = 'dispatch --batch';

function says(command: string, flag: string, words: RegExp): boolean {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return words.test(`${stdout ?? ''}${stderr ?? ''}`);
}

/** One home for each round: an older one's ended tasks would count against us. */
function ourContender(sandbox: Sandbox): Contender {
  const batch = join(sandbox.folder, 'tasks.jsonl');
  writeFileSync(
    batch,
    Array.from({ length: taskCount }, (_, n) => `${JSON.stringify({ prompt: `Task ${n}` })}\n`).join(''),
  );
  const config = {
    agents: { default: 'nothing', custom: { nothing: { command: ['true'] } } },
    limits: { maxSessions: slots, perUser: slots },
  };
  let round = 0;
  return {
    name: ours,
    async take() {
      const home = sandbox.addHome(`batch-${round++}`, config);
      const startedAt = performance.now();
      await home.run('dispatch', '--batch', batch);
      await until('all tasks end', () => countEntries(home.paths.waiting) + countEntries(home.paths.active) === 0, 10);
      const ms = performance.now() - startedAt;
      const { stdout } = await home.run('history', '--json', '--limit', String(taskCount + 1));
      const completed = (JSON.parse(stdout) as { outcome: string }[]).filter(({ outcome }) => outcome === 'completed');
      if (completed.length !== taskCount) throw new Error(`${completed.length} of ${taskCount} tasks completed.`);
      await home.untilQuiet();
      await home.remove();
      return ms;
    },
  };
}

function parallelContender(sandbox: Sandbox): Contender {
  const input = Array.from({ length: taskCount }, (_, n) => `${n}\n`).join('');
  const parallel = { command: 'parallel', args: ['--will-cite', '-j', String(slots), 'true'], cwd: sandbox.folder };
  return {
    name: 'parallel',
    take: async () => (await runProgram({ ...parallel, env: sandbox.env, input })).ms,
  };
}

/** Its server is started before, and ended after, the time that counts. */
function spoolerContender(sandbox: Sandbox): Contender {
  const env = { ...sandbox.env, TS_SOCKET: join(sandbox.folder, 'tsp.socket') };
  const tsp = (...args: string[]) => runProgram({ command: 'tsp', args, env, cwd: sandbox.folder });
  const script = `n=0; while [ $n -lt ${taskCount} ]; do tsp true > /dev/null; n=$((n+1)); done; tsp -w`;
  return {
    name: 'tsp',
    async take() {
      await tsp('-S', String(slots));
      try {
        return (await runProgram({ command: 'sh', args: ['-c', script], env, cwd: sandbox.folder })).ms;
      } finally {
        await tsp('-K');
      }
    },
  };
}

export const batchTopic: Topic = {
  name: 'batch',
  unit: 'ms',
  rounds: 5,
  quickRounds: 3,
  async open(): Promise<Scene> {
    const sandbox = makeSandbox();
    const contenders = [ourContender(sandbox)];
    const lines: Line[] = [];
    const missing: string[] = [];
    if (says('parallel', '--version', /GNU parallel/)) {
      contenders.push(parallelContender(sandbox));
      const what = `${taskCount} tasks that do nothing, ${slots} at once, against GNU parallel`;
      lines.push({ name: 'batch-parallel', what, a: ours, b: 'parallel', aim: 1 });
    } else missing.push('GNU parallel is not installed.');
    if (says('tsp', '-V', /Task Spooler/i)) {
      contenders.push(spoolerContender(sandbox));
      const what = `${taskCount} tasks that do nothing, ${slots} at once, against task-spooler`;
      lines.push({ name: 'batch-tsp', what, a: ours, b: 'tsp', aim: null, note: 'it keeps its queue in memory' });
    } else missing.push('task-spooler is not installed.');
    if (lines.length === 0) {
      lines.push({
        name: 'batch',
        what: `${taskCount} tasks that do nothing, ${slots} at once`,
        a: ours,
        b: ours,
        aim: null,
      });
    }
    return { contenders, lines, missing, close: () => sandbox.close() };
  },
};
