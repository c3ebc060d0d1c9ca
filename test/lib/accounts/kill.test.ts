// Processes that change accounts and count runs, several at once and killed at any moment: nothing said is lost, nothing counts twice.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { bundleProgram } from '../../support/bundle-program.ts';
import { seededRandom } from '../../support/random.ts';
import { endedTask, openPool } from './pool-home.ts';

const rounds = Number(process.env.TEST_KILLS ?? 3);
const together = 3;
const random = seededRandom();

/** Starts a process, and gives the function that kills it and tells what it had said. */
function start(program: string, home: string, changed: string, first: number) {
  const child = spawn(process.execPath, [program, home, changed, 'shared', String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const hasBegun = new Promise((resolve) => child.stdout.once('data', resolve));
  const hasEnded = new Promise((resolve) => child.once('close', resolve));
  const kill = async () => {
    child.kill('SIGKILL');
    await hasEnded;
    const lines = said.split('\n').slice(0, -1);
    const of = (word: string) =>
      lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
    return { changed, settled: of('settled'), version: Number(of('changed').at(-1) ?? 0) };
  };
  return { hasBegun, kill };
}

it(`keeps accounts and counters over ${rounds * together} kills (seed ${random.seed})`, {
  timeout: 90_000,
}, async () => {
  const program = await bundleProgram(path.join(import.meta.dirname, 'accounts-process.ts'));
  onTestFinished(program.remove);
  const { accounts, home, read } = openPool();
  await accounts.add('shared', { agent: 'claude', config_dir: '/x', time_zone: 'UTC' });
  const shared = accounts.get('shared');
  const settled: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const children = Array.from({ length: together }, (_, index) => {
      const n = round * together + index;
      return start(program.path, home.home, `c${n}`, n * 100_000);
    });
    await Promise.all(children.map(({ hasBegun }) => hasBegun));
    await sleep(random.next() * 60);
    const killed = await Promise.all(children.map(({ kill }) => kill()));
    settled.push(...killed.flatMap((one) => one.settled));
    expect(accounts.fault()).toBe(null);
    for (const { changed, version } of killed) {
      const account = accounts.get(changed);
      // Name and secret are of one version, which is the one that was said, or the next.
      const key = accounts.secretsOf(account).api_key ?? '';
      const found = Number(key.split('-').at(-1)) % 100_000_000;
      const at = key === `sk-ant-${changed}-0123456789` ? 0 : found;
      expect([version, version + 1]).toContain(at);
      expect(account.priority).toBe(at % 100);
    }
    const { runs, input_tokens, times_limited } = accounts.today(shared);
    expect(runs).toBeGreaterThanOrEqual(settled.length);
    expect(runs - settled.length).toBeLessThanOrEqual((round + 1) * together);
    expect(input_tokens).toBe(runs * 10);
    expect(times_limited).toBeLessThanOrEqual((round + 1) * together);
    // A kill may come between the count and its being said: told again, it is the same one.
    for (const task_id of settled.slice(-5)) {
      await accounts.settle(endedTask({ task_id, account: 'shared' }));
    }
    expect(accounts.today(shared).runs).toBe(runs);
  }
  expect(settled.length, 'nothing was ever counted before a kill').toBeGreaterThan(rounds);
  expect(JSON.parse(read()).accounts.shared.credentials).toEqual({ config_dir: '/x' });
  const left = fs.readdirSync(home.home).filter((name) => name.startsWith('.tmp-'));
  // What killed writers left is small, and names nobody's secret.
  for (const name of left) expect(fs.readFileSync(path.join(home.home, name), 'utf8')).not.toContain('sk-ant');
});
