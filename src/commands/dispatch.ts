/** `ccdispatch dispatch`: makes tasks, sees to it that a worker lives, and waits for the end where asked to. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { shellOrigin, wakeParts } from '../app-program.ts';
import { agentPaths, submitParts } from '../app-runs.ts';
import type { Settings } from '../lib/config/schema.ts';
import { version } from '../lib/config/version.ts';
import { fail } from '../lib/errors/errors.ts';
import { differencesTo } from '../lib/runs/worker/describe-worker.ts';
import { ensureWorker } from '../lib/runs/worker/wake.ts';
import { maxPromptBytes, parseBatch, parseRequest, type TaskRequest } from '../lib/submit/request.ts';
import { submitTasks } from '../lib/submit/submit.ts';
import type { Task } from '../lib/tasks/record.ts';
import { resolveTaskId } from './find-task.ts';

export interface DispatchFlags {
  prompt?: string;
  batch?: string;
  wait?: boolean;
  follow?: boolean;
  json?: boolean;
  hold?: boolean;
  config?: string;
  verbose?: boolean;
  [option: string]: unknown;
}

const maxBatchBytes = 200 * 1024 * 1024;

/** Flags that say nothing about the tasks to be made. */
const ofTheCommand = new Set(['prompt', 'batch', 'wait', 'follow', 'json', 'config', 'verbose']);

async function readPrompt(app: App, flags: DispatchFlags, words: string[]): Promise<string> {
  const given = words.join(' ');
  if (flags.prompt !== undefined && given !== '') {
    fail('usage', 'The prompt is given twice: with -p and as words.', 'Give it once.');
  }
  const prompt = flags.prompt ?? given;
  if (prompt === '-') return await app.terminal.readInput(maxPromptBytes);
  if (prompt.trim() === '')
    fail(
      'usage',
      'There is no prompt.',
      'Give one: ccdispatch dispatch "what to do", or pipe it: ccdispatch dispatch -p -',
    );
  return prompt;
}

async function readRequests(app: App, flags: DispatchFlags, words: string[]): Promise<TaskRequest[]> {
  const { batch } = flags;
  const options = Object.fromEntries(Object.entries(flags).filter(([name]) => !ofTheCommand.has(name)));
  // Any task can be meant by one word here.
  if (options.after === 'latest') options.after = resolveTaskId(app, 'latest');
  if (batch === undefined) {
    const prompt = await readPrompt(app, flags, words);
    return [parseRequest({ ...options, prompt }, app.clock.now())];
  }
  if (words.length > 0 || flags.prompt !== undefined)
    fail('usage', 'A batch brings its own prompts.', 'Leave the prompt out, or leave --batch out.');
  const text = batch === '-' ? await app.terminal.readInput(maxBatchBytes) : app.files.read(batch);
  if (text === null)
    return fail(
      'usage',
      `The batch file ${batch} does not exist.`,
      'Name a file of JSON lines, or - for standard input.',
    );
  const now = app.clock.now();
  const common = parseRequest({ ...options, prompt: '-' }, now);
  return parseBatch(text, now).map((request) => ({ ...common, ...request }));
}

/** Starts a worker where none lives; where one lives that works with other programs or variables, says so. */
function wake(app: App, settings: Settings): void {
  const worker = ensureWorker(wakeParts(app));
  if (worker === 'started') return;
  const config = app.configPath ? resolve(app.cwd, app.configPath) : null;
  const isOtherConfig = worker.config !== undefined && worker.config !== config;
  const differing = [
    ...(isOtherConfig ? ['--config'] : []),
    ...differencesTo(worker, version, agentPaths(settings), app.env),
  ];
  if (differing.length === 0) return;
  app.terminal.say(
    `ccdispatch: the worker that runs (process ${worker.pid}) was started with other values of: ${differing.join(', ')}.\n` +
      '  It keeps its own. Take over those of this shell with: ccdispatch worker restart; or put them into a profile (--profile).\n',
  );
}

export async function run(app: App, flags: DispatchFlags, ...words: string[]): Promise<number> {
  const settings = await app.settings();
  const requests = await readRequests(app, flags, words);
  const onNote = (note: string) => app.terminal.say(`ccdispatch: ${note}\n`);
  const parts = { ...(await submitParts(app, settings)), onNote };
  const tasks = await submitTasks(requests, shellOrigin(app, settings), parts);
  if (tasks.some(({ status }) => status === 'pending')) wake(app, settings);
  if (flags.wait || flags.follow) {
    // Loaded while the worker is at it.
    const { waitAndReport } = await import('./wait.ts');
    return await waitAndReport(app, settings, tasks, flags);
  }
  printTasks(app, tasks, flags);
  return 0;
}

function printTasks(app: App, tasks: readonly Task[], { json, batch }: DispatchFlags): void {
  if (json) app.terminal.print(`${JSON.stringify(batch === undefined ? tasks[0] : tasks, null, 2)}\n`);
  else app.terminal.print(tasks.map(({ task_id }) => `${task_id}\n`).join(''));
}
