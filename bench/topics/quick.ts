// The commands that must be quick, because agents and people wait for them, against Node doing nothing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Topic } from '../measure.ts';
import { runProgram } from '../run-program.ts';
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
    const hook = home.cli('notify-hook');
    const hookEnv = { ...hook.env, CCDISPATCH_TASK_ID: taskId, CCDISPATCH_TASK_DIR: home.paths.task(taskId) };
    const node = { command: process.execPath, args: ['-e', '0'], env: sandbox.env, cwd: sandbox.folder };
    const timed = async (run: ReturnType<typeof runProgram>) => (await run).ms;
    return {
      contenders: [
        { name: 'node -e 0', take: () => timed(runProgram({ ...node, input: hookInput })) },
        { name: 'notify-hook', take: () => timed(runProgram({ ...hook, env: hookEnv, input: hookInput })) },
        { name: 'tasks', take: () => timed(home.run('tasks')) },
      ],
      lines: [
        {
          name: 'notify-hook',
          what: 'a hook of a run, with a living worker',
          a: 'notify-hook',
          b: 'node -e 0',
          aim: 1.35,
        },
        { name: 'tasks', what: 'the list of tasks, of a home without any', a: 'tasks', b: 'node -e 0', aim: 1.35 },
      ],
      close: () => sandbox.close(),
    };
  },
};
