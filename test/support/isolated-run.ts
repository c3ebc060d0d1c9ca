// Set-up and end of a whole test run: nothing of the caller's reaches the tests, and nothing the tests start outlives them.

import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, isBuilt, projectRoot } from '../../scripts/build.mjs';
import { isInstalled, runAlone } from '../../scripts/ready.mjs';
import { listProcessesWith } from './process-scan.ts';

/**
 * Settings, logins and markers of the caller's that would change what the programs under test do. Certificates of his, too:
 * nothing here speaks TLS, and each start of Node reads them all (43 ms of 69 for a system's bundle).
 */
const callersVariables =
  /^(ANTHROPIC_|CLAUDE|TELEGRAM_|CCDISPATCH_|CODEX_|OPENAI_|AWS_|XDG_|GIT_)|^(MAX_CONCURRENT_SESSIONS|SESSION_TIMEOUT_MINUTES|NO_COLOR|FORCE_COLOR|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$|^(https?|all|no)_proxy$/i;

/** Processes that were told to end get this long before they count as left behind. */
const endGraceMs = 5000;

/**
 * Runs once before all test files. `CCDISPATCH_TEST_RUN` names this run in the environment of everything the tests start;
 * as the folder of HOME and TMPDIR carries the same name, even an agent with a cleaned environment can be traced to it.
 */
export async function setup(): Promise<() => Promise<void>> {
  await buildIfStale();
  const run = `ccd-test-${process.pid}-${randomBytes(4).toString('hex')}`;
  const folder = path.join(os.tmpdir(), run);
  for (const name of Object.keys(process.env)) if (callersVariables.test(name)) delete process.env[name];
  process.env.CCDISPATCH_TEST_RUN = run;
  for (const [name, sub] of [
    ['HOME', 'home'],
    ['TMPDIR', 'tmp'],
  ] as const) {
    process.env[name] = path.join(folder, sub);
    fs.mkdirSync(path.join(folder, sub), { recursive: true, mode: 0o700 });
  }
  return async () => {
    await endLeftProcesses(run);
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** Tests of single modules do not need the bundle, so a source that does not build yet is no reason to stop them. */
async function buildIfStale(): Promise<void> {
  if (!isInstalled(projectRoot)) console.warn('node_modules does not match package-lock.json: run npm ci.');
  try {
    await runAlone(projectRoot, async () => {
      if (!isBuilt()) await build();
    });
  } catch (error) {
    console.warn('The program does not build; tests that start it see an older build, or none.', String(error));
  }
}

/** Vitest only logs an error of a global teardown, so the exit code is set here. */
async function endLeftProcesses(run: string): Promise<void> {
  const deadline = Date.now() + endGraceMs;
  let left = listProcessesWith(run, process.pid);
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(100);
    left = listProcessesWith(run, process.pid);
  }
  if (left.length === 0) return;
  process.exitCode = 1;
  console.error(`\nThe tests left ${left.length} process(es) running; they are killed now:`);
  for (const { pid, command } of left) {
    console.error(`  ${pid}  ${command.slice(0, 200)}`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
