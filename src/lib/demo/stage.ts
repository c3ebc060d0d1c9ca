/** The demo's stage: loopback servers, a home of its own, and our own program run as a person would run it. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BotApiServer, startBotApiServer } from './bot-api-server.ts';
import { writeFileScript } from './model-script.ts';
import { type ModelServer, startModelServer } from './model-server.ts';

export interface Stage {
  bot: BotApiServer;
  model: ModelServer;
  /** The demo's `CCDISPATCH_HOME`. */
  home: string;
  /** Runs our program with these arguments; rejects where it fails, with what it said. */
  cli(...args: string[]): Promise<string>;
  /** Stops everything; removes the folders unless they are to be kept. */
  close(isKept: boolean): Promise<void>;
}

export interface StageRequest {
  /** How our own program is started. */
  program: { command: string; args: readonly string[] };
  /** The person's environment: only the path to programs is taken from it. */
  env: Record<string, string | undefined>;
  /** The `claude` program. */
  claude: string;
}

/** The pinned `claude` beside our own program, or the one on PATH. */
export function findClaude(programFile: string, env: Record<string, string | undefined>): string {
  if (env.CLAUDE_BIN) return env.CLAUDE_BIN;
  const pinned = join(programFile, '..', '..', 'node_modules', '.bin', 'claude');
  return existsSync(pinned) ? pinned : 'claude';
}

const leaveWithinMs = 5000;

function runProgram(request: StageRequest, env: Record<string, string>, cwd: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const { command, args: first } = request.program;
    const child = spawn(command, [...first, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Record<'out' | 'err', string> = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      parts.out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      parts.err += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(parts.out);
      else reject(new Error(`ccdispatch ${args.join(' ')} ended with ${code}: ${parts.err || parts.out}`));
    });
  });
}

export async function setStage(request: StageRequest): Promise<Stage> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ccdispatch-demo-')));
  const home = join(folder, 'home');
  for (const each of [home, join(folder, 'person'), join(folder, 'tmp')]) mkdirSync(each, { mode: 0o700 });
  const bot = await startBotApiServer();
  const model = await startModelServer({ script: writeFileScript() });
  // Nothing else of the person's environment: no login, no key, no settings of his can be touched or used.
  const env = {
    PATH: request.env.PATH ?? '',
    HOME: join(folder, 'person'),
    LANG: 'C.UTF-8',
    CCDISPATCH_HOME: home,
    CLAUDE_BIN: request.claude,
    CLAUDE_CODE_TMPDIR: join(folder, 'tmp'),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'demo-key-of-no-account',
    TELEGRAM_API_URL: bot.url,
    TELEGRAM_BOT_TOKEN: bot.token,
  };
  const cli = (...args: string[]) => runProgram(request, env, folder, args);
  return {
    bot,
    model,
    home,
    cli,
    async close(isKept) {
      // The agents are about to leave: their results are out. What still runs then is left to the worker's end.
      for (
        let waited = 0;
        waited < leaveWithinMs && readdirSync(join(home, 'queue', 'active')).length > 0;
        waited += 50
      ) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await cli('worker', 'stop').catch(() => {});
      await Promise.all([bot.close(), model.close()]);
      if (!isKept) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
