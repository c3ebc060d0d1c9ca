/** `ccdispatch dispatch`: makes tasks, sees to it that a worker lives, and waits for the end where asked to. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { wakeParts } from '../app-program.ts';
import { agentPaths, submitParts } from '../app-runs.ts';
import type { Settings } from '../lib/config/schema.ts';
import { version } from '../lib/config/version.ts';
import { fail } from '../lib/errors/errors.ts';
import { differencesTo } from '../lib/runs/describe-worker.ts';
import { ensureWorker } from '../lib/runs/wake.ts';
import type { Origin } from '../lib/submit/draft.ts';
import { maxPromptBytes, parseBatch, parseRequest, type TaskRequest } from '../lib/submit/request.ts';
import { submitTasks } from '../lib/submit/submit.ts';
import type { Task } from '../lib/tasks/record.ts';

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
  const { prompt: _, batch, wait: __, follow: ___, json: ____, config: _____, verbose: ______, ...options } = flags;
  if (batch === undefined) return [parseRequest({ ...options, prompt: await readPrompt(app, flags, words) })];
  if (words.length > 0 || flags.prompt !== undefined)
    fail('usage', 'A batch brings its own prompts.', 'Leave the prompt out, or leave --batch out.');
  const text = batch === '-' ? await app.terminal.readInput(maxBatchBytes) : app.files.read(batch);
  if (text === null)
    return fail(
      'usage',
      `The batch file ${batch} does not exist.`,
      'Name a file of JSON lines, or - for standard input.',
    );
  return parseBatch(text).map((request) => ({ ...parseRequest({ ...options, prompt: '-' }), ...request }));
}

function shellOrigin(app: App, settings: Settings): Origin {
  const locale = app.env.LC_ALL || app.env.LC_MESSAGES || app.env.LANG || '';
  const language = settings.language === 'auto' ? (/^zh/i.test(locale) ? 'zh' : 'en') : settings.language;
  return { kind: 'shell', updateId: null, userId: null, messageId: null, language };
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
  const tasks = await submitTasks(requests, shellOrigin(app, settings), await submitParts(app, settings));
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
