// What a worker keeps in memory while it has nothing to do, against Node itself doing nothing.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import type { Contender, Topic } from '../measure.ts';
import type { Invocation } from '../run-program.ts';
import { type Home, makeSandbox, until } from '../sandbox.ts';

const settleMs = 500;

/** Resident memory in MB (of 1024 × 1024 bytes). */
function residentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** Starts the program, lets it come to rest, looks, and stops it. */
async function weigh({ command, args, env, cwd }: Invocation, isReady: () => boolean): Promise<number> {
  const child = spawn(command, [...args], { env, cwd, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await until('it runs', isReady);
  await sleep(settleMs);
  const weight = residentOf(child.pid as number);
  child.kill('SIGTERM');
  await ended;
  return weight;
}

function worker(name: string, home: Home): Contender {
  return { name, take: () => weigh(home.cli('worker'), () => kernelLocks.isHeld(home.paths.workerLock)) };
}

export const memoryTopic: Topic = {
  name: 'memory',
  unit: 'MB',
  rounds: 20,
  quickRounds: 3,
  async open() {
    const sandbox = makeSandbox();
    const node = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], env: sandbox.env };
    const token = `123456:${'A'.repeat(35)}`;
    // Nothing is sent while nothing waits, so nobody need listen at this address.
    const withBot = sandbox.addHome('with-bot', { telegram: { token, apiUrl: 'http://127.0.0.1:9' } });
    return {
      contenders: [
        { name: 'node', take: () => weigh({ ...node, cwd: sandbox.folder }, () => true) },
        worker('worker', sandbox.addHome('home')),
        worker('worker with a bot', withBot),
      ],
      lines: [
        { name: 'memory', what: 'an idle worker', a: 'worker', b: 'node', aim: null },
        {
          name: 'memory-bot',
          what: 'an idle worker that delivers for a bot',
          a: 'worker with a bot',
          b: 'node',
          aim: null,
        },
      ],
      close: () => sandbox.close(),
    };
  },
};
