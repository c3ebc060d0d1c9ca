// A task through our whole path, from the shell to its result, against the agent alone on the same model server.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileScript } from '../../src/lib/demo/model-script.ts';
import { startModelServer } from '../../src/lib/demo/model-server.ts';
import { findClaude } from '../../src/lib/demo/stage.ts';
import type { Topic } from '../measure.ts';
import { runProgram } from '../run-program.ts';
import { makeSandbox, ownProgram } from '../sandbox.ts';

const prompt = 'write hello.txt: Hello from the train.';
const answer = /I wrote hello\.txt/;

function expectAnswer(stdout: string): void {
  if (!answer.test(stdout)) throw new Error(`The answer did not come back: ${stdout.slice(0, 500)}`);
}

/** The shortest run that does something: the agent writes a file and says so. A longer one would hide more of our own time. */
export const dispatchTopic: Topic = {
  name: 'dispatch',
  unit: 'ms',
  rounds: 20,
  quickRounds: 5,
  async open() {
    const sandbox = makeSandbox();
    const model = await startModelServer({ script: writeFileScript() });
    const claude = findClaude(ownProgram, process.env);
    Object.assign(sandbox.env, {
      CLAUDE_BIN: claude,
      CLAUDE_CODE_TMPDIR: sandbox.env.TMPDIR,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '0',
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'bench-key-of-no-account',
    });
    const cold = sandbox.addHome('cold');
    const warm = sandbox.addHome('warm');
    const cwd = join(sandbox.folder, 'work');
    mkdirSync(cwd);
    const bare = {
      command: claude,
      args: ['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits'],
      env: sandbox.env,
      cwd,
      input: prompt,
    };
    await warm.startWorker();
    const timed = async (run: ReturnType<typeof runProgram>) => {
      const { ms, stdout } = await run;
      expectAnswer(stdout);
      return ms;
    };
    return {
      contenders: [
        { name: 'claude -p', take: () => timed(runProgram(bare)) },
        {
          name: 'dispatch --wait, no worker',
          async take() {
            await cold.untilQuiet();
            return await timed(cold.run('dispatch', '--wait', prompt));
          },
        },
        { name: 'dispatch --wait, living worker', take: () => timed(warm.run('dispatch', '--wait', prompt)) },
      ],
      lines: [
        {
          name: 'dispatch',
          what: 'a task and its result, first starting a worker (the usual case)',
          a: 'dispatch --wait, no worker',
          b: 'claude -p',
          aim: 1.15,
        },
        {
          name: 'dispatch-living',
          what: 'a task and its result, by a living worker',
          a: 'dispatch --wait, living worker',
          b: 'claude -p',
          aim: 1.15,
        },
      ],
      async close() {
        await cold.untilQuiet();
        await sandbox.close();
        await model.close();
      },
    };
  },
};
