/** The composition of what uses an account beside any task: the agent's own login, and a call that tries it. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { App } from './app.ts';
import { secretValues } from './lib/accounts/environment.ts';
import type { Account } from './lib/accounts/record.ts';
import { bareEnvironment } from './lib/agents/environment.ts';
import { type CallOutcome, tryCall, waysOf } from './lib/agents/one-call.ts';
import type { Settings } from './lib/config/schema.ts';
import { fail } from './lib/errors/errors.ts';
import { createRedactor } from './lib/errors/redact.ts';

const callTimeoutMs = 120_000;
const statusTimeoutMs = 30_000;

const programNames: Record<string, (settings: Settings) => string> = {
  claude: ({ agents }) => agents.claude.bin ?? 'claude',
  codex: () => 'codex',
};

interface Program {
  file: string;
  env: Record<string, string>;
}

/** The agent's program and its environment under the account. Throws `usage`, `config`, and `failed` where it is not there. */
async function programOf(app: App, account: Account): Promise<Program> {
  const settings = await app.settings();
  const named = programNames[account.agent]?.(settings);
  if (!named || !waysOf(account.agent)) {
    return fail(
      'usage',
      `How the agent "${account.agent}" is tried or logged in is not known.`,
      `Run a task with it: ccdispatch dispatch --agent ${account.agent} --wait "hello"`,
    );
  }
  const accounts = await app.openAccounts();
  const env = bareEnvironment({
    env: app.env,
    settings,
    envFile: app.files.read(app.paths.env),
    account: accounts.environmentOf(account),
  });
  const file = app.programs.find(named, env.PATH);
  if (file) return { file, env };
  return fail(
    'failed',
    `The program "${named}" of the agent ${account.agent} is not there.`,
    account.agent === 'claude'
      ? 'Install it: npm install -g @anthropic-ai/claude-code; or set CLAUDE_BIN to its path.'
      : 'Install it, and see that it is on the PATH.',
  );
}

/** Makes one tiny call under the account, in a folder of its own that goes with it. */
export async function callWith(app: App, account: Account, signal?: AbortSignal): Promise<CallOutcome> {
  const { file, env } = await programOf(app, account);
  const folder = join(app.paths.workspaces, `.tmp-account-${randomUUID()}`);
  app.files.makeFolder(folder);
  try {
    const { agent, model } = account;
    const outcome = await tryCall({
      ...app,
      agent,
      file,
      env,
      folder,
      model,
      timeoutMs: callTimeoutMs,
      ...(signal ? { signal } : {}),
    });
    const secrets = secretValues((await app.openAccounts()).secretsOf(account));
    return { ...outcome, text: createRedactor(secrets)(outcome.text) };
  } finally {
    app.files.remove(folder);
  }
}

/** Lets the person log in with the agent's own program, in the account's folder. Throws `failed` where he did not. */
export async function logIn(app: App, account: Account): Promise<void> {
  const { file, env } = await programOf(app, account);
  const { login = [], status = [] } = waysOf(account.agent) ?? {};
  await app.programs.lend(file, login, { env });
  const answer = await app.programs.ask(file, status, { env, timeoutMs: statusTimeoutMs });
  if (answer.exitCode === 0) return;
  fail(
    'failed',
    `Nobody is logged in as ${account.name}.`,
    'Try it again, in a terminal where you can open the link it shows.',
  );
}
