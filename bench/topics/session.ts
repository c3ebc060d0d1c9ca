// A turn of a session against what people would do without it: claude -p --resume for each message, or a process fed by hand. The model answers at once.

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.ts';
import { shellOrigin } from '../../src/app-program.ts';
import { controlParts, submitParts } from '../../src/app-runs.ts';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { claudeInputLine } from '../../src/lib/agents/claude/claude.ts';
import type { Settings } from '../../src/lib/config/schema.ts';
import { startModelServer } from '../../src/lib/demo/model-server.ts';
import { waitForTask } from '../../src/lib/runs/wait.ts';
import { parseRequest } from '../../src/lib/submit/request.ts';
import { submitTasks } from '../../src/lib/submit/submit.ts';
import type { Topic } from '../measure.ts';
import { type Invocation, runProgram } from '../run-program.ts';
import { makeSandbox } from '../sandbox.ts';
import { startByHand } from '../start-by-hand.ts';

const claude = join(process.cwd(), 'node_modules', '.bin', 'claude');
const stream = ['-p', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'];

/** What a turn of ours may take beyond one by hand. */
const beyondMs = 15;

/** The process of a session, with its settings, fed by hand instead of by us. */
async function startAsSession(app: App, settings: Settings, { env, cwd }: Pick<Invocation, 'env' | 'cwd'>) {
  const launch = (await controlParts(app, settings)).agents.get('claude')?.warm?.launch({
    ...{ chatId: 'local', worktreeId: null, workdir: cwd, furtherFolders: [], folder: cwd, env },
    ...{ model: null, effort: null, permissionMode: null, allowedTools: [], yolo: false },
    conversation: { id: randomUUID(), isNew: true },
  });
  if (!launch) throw new Error('There is no agent that can be kept warm.');
  for (const [name, text] of Object.entries(launch.files)) writeFileSync(join(cwd, name), text);
  return startByHand({ command: launch.command, args: launch.args, env, cwd });
}

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
    const home = sandbox.addHome('home');
    const session = (await home.run('sessions', 'new', 'bench')).stdout.trim();
    await home.startWorker();
    const app = createApp({ env: { ...env, CCDISPATCH_HOME: home.paths.home }, cwd: folder });
    const settings = await app.settings();
    const [parts, tasks] = [await submitParts(app, settings), await app.openTasks()];
    const hand = await startAsSession(app, settings, { env, cwd: folder });
    const waiting = { tasks, files: realFiles, clock: app.clock, paths: home.paths };
    const patience = () => AbortSignal.timeout(60_000);
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
            // As `--wait` does; whoever looked all the time would take the processor from the agent, and from the model here.
            await waitForTask(waiting, id, { onLine: null, agent: null, onWaiting: () => {} }, patience());
            const ms = performance.now() - startedAt;
            if (tasks.load(id).status !== 'completed') throw new Error(`The turn was not answered: ${id}.`);
            return ms;
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
