// An agent's process that is fed by hand, line by line: the floor of what a turn can take.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Invocation } from './run-program.ts';

export interface ByHand {
  /** Writes the line; gives the milliseconds until the result of its turn. */
  turn(line: string): Promise<number>;
  end(): Promise<void>;
}

export function startByHand({ command, args, env, cwd }: Invocation): ByHand {
  const child = spawn(command, [...args], { env, cwd, stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const gone = once(child, 'close');
  return {
    turn(line) {
      const startedAt = performance.now();
      return new Promise((resolve, reject) => {
        const fail = () => reject(new Error('the process fed by hand has ended'));
        const hear = (said: string) => {
          if (!said.includes('"type":"result"')) return;
          lines.off('line', hear);
          child.off('close', fail);
          resolve(performance.now() - startedAt);
        };
        lines.on('line', hear);
        child.once('close', fail);
        child.stdin.write(line);
      });
    },
    async end() {
      child.stdin.end();
      await gone;
    },
  };
}
