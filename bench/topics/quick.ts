// The commands that must be quick, because agents and people wait for them, against Node doing nothing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scene, Topic } from '../measure.ts';
import { type Invocation, runProgram } from '../run-program.ts';
import { type Home, makeSandbox } from '../sandbox.ts';

const taskId = 'task-local-1763600000000';
const conversation = '5d0e7a52-1c0b-4d7e-9f62-1d0e5b8b2c11';

/** A run in the home that a hook can speak of. */
function addRun(home: Home): void {
  const folder = home.paths.run(taskId, 1);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'launch.json'),
    JSON.stringify({ conversation, input_uuid: conversation, cost_before: 0 }),
  );
}

/** What an agent writes to its hook's standard input. */
const hookInput = JSON.stringify({
  session_id: conversation,
  transcript_path: `/nowhere/${conversation}.jsonl`,
  cwd: '/nowhere',
  hook_event_name: 'SessionEnd',
  reason: 'other',
});

const aim = 1.35;

/** The contenders in one environment, and their lines; `suffix` tells the environments apart. */
function compareIn(
  home: Home,
  env: Record<string, string>,
  suffix: string,
  where: string,
): Pick<Scene, 'contenders' | 'lines'> {
  const hook = home.cli('notify-hook');
  const node = { ...hook, args: ['-e', '0'] };
  const hookEnv = { CCDISPATCH_TASK_ID: taskId, CCDISPATCH_TASK_DIR: home.paths.task(taskId) };
  const contender = (name: string, run: Invocation) => ({
    name: `${name}${suffix}`,
    take: async () => (await runProgram({ ...run, env: { ...run.env, ...env } })).ms,
  });
  const floor = contender('node -e 0', { ...node, input: hookInput });
  return {
    contenders: [
      floor,
      contender('notify-hook', { ...hook, env: { ...hook.env, ...hookEnv }, input: hookInput }),
      contender('tasks', home.cli('tasks')),
    ],
    lines: [
      {
        name: `notify-hook${suffix}`,
        what: `a hook of a run, with a living worker${where}`,
        a: `notify-hook${suffix}`,
        b: floor.name,
        aim,
      },
      {
        name: `tasks${suffix}`,
        what: `the list of tasks, of a home without any${where}`,
        a: `tasks${suffix}`,
        b: floor.name,
        aim,
      },
    ],
  };
}

export const quickTopic: Topic = {
  name: 'quick',
  unit: 'ms',
  rounds: 40,
  quickRounds: 10,
  async open() {
    const sandbox = makeSandbox();
    const home = sandbox.addHome('home');
    addRun(home);
    await home.startWorker();
    const plain = compareIn(home, {}, '', '');
    // Node reads them at every start, which takes longer than all else it does then; agents and their hooks get them too.
    const certificates = process.env.NODE_EXTRA_CA_CERTS;
    const certified = certificates
      ? compareIn(
          home,
          { NODE_EXTRA_CA_CERTS: certificates },
          ' (certificates)',
          ", with this shell's NODE_EXTRA_CA_CERTS",
        )
      : { contenders: [], lines: [] };
    return {
      contenders: [...plain.contenders, ...certified.contenders],
      lines: [...plain.lines, ...certified.lines],
      close: () => sandbox.close(),
    };
  },
};
