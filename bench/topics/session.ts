// A turn of a session against what people would do without it: claude -p --resume for each message, or a process fed by hand. The model answers at once.

import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createApp } from '../../src/app.ts';
import { shellOrigin } from '../../src/app-program.ts';
import { submitParts } from '../../src/app-runs.ts';
import { claudeInputLine } from '../../src/lib/agents/claude/claude.ts';
import { startModelServer } from '../../src/lib/demo/model-server.ts';
import { parseRequest } from '../../src/lib/submit/request.ts';
import { submitTasks } from '../../src/lib/submit/submit.ts';
import type { Topic } from '../measure.ts';
import { type Invocation, runProgram } from '../run-program.ts';
import { makeSandbox, until } from '../sandbox.ts';
import { startByHand } from '../start-by-hand.ts';

const claude = join(process.cwd(), 'node_modules', '.bin', 'claude');
const stream = ['-p', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'];

/** What a turn of ours may take beyond one by hand. */
const beyondMs = 15;

export const sessionTopic: Topic = {
  name: 'session',
  unit: 'ms',
  rounds: 20,
  quickRounds: 5,
  async open() {
    const model = await startModelServer({ script: () => ({ text: 'Done.' }) });
    const sandbox = makeSandbox();
    const env = {
      ...sandbox.env,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'key-of-no-account',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    };
    Object.assign(sandbox.env, env, { CLAUDE_BIN: claude });
    const folder = join(sandbox.folder, 'work');
    mkdirSync(folder);
    const conversation = randomUUID();
    const cold = (how: string): Invocation => ({
      command: claude,
      args: [...stream, how, conversation],
      env,
      cwd: folder,
      input: 'Say done.',
    });
    await runProgram(cold('--session-id'));
    const hand = startByHand({ command: claude, args: [...stream, '--input-format', 'stream-json'], env, cwd: folder });

    const home = sandbox.addHome('home');
    const session = (await home.run('sessions', 'new', 'bench')).stdout.trim();
    await home.startWorker();
    const app = createApp({ env: { ...env, CCDISPATCH_HOME: home.paths.home }, cwd: folder });
    const settings = await app.settings();
    const [parts, tasks] = [await submitParts(app, settings), await app.openTasks()];
    const byHand = () => hand.turn(claudeInputLine('Say done.', randomUUID()));
    return {
      contenders: [
        { name: 'claude -p --resume', take: async () => (await runProgram(cold('--resume'))).ms },
        { name: 'by hand', take: byHand },
        { name: `by hand + ${beyondMs} ms`, take: async () => (await byHand()) + beyondMs },
        {
          name: 'a turn',
          async take() {
            const request = parseRequest({ prompt: 'Say done.', session }, app.clock.now());
            const startedAt = performance.now();
            const [task] = await submitTasks([request], shellOrigin(app, settings), parts);
            const id = task?.task_id ?? '';
            await until('the turn ends', () => tasks.load(id).status === 'completed', 1);
            return performance.now() - startedAt;
          },
        },
      ],
      lines: [
        {
          name: 'warm',
          what: 'a message until its answer is recorded',
          a: 'a turn',
          b: 'claude -p --resume',
          aim: 0.1,
        },
        {
          name: 'beyond',
          what: 'the same against the bare process',
          a: 'a turn',
          b: `by hand + ${beyondMs} ms`,
          aim: 1,
        },
      ],
      async close() {
        await hand.end();
        await home.run('sessions', 'end', session);
        await sandbox.close();
        await model.close();
      },
    };
  },
};
