// A person at a terminal, of script(1), who works in a session with `ccdispatch sessions attach`.

import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteForShell } from '../../src/lib/agents/claude/settings.ts';
import { program } from './run-command.ts';

/** Whether there is a script(1) that makes terminals. */
export const hasScript = spawnSync('script', ['-V']).status === 0;

export interface AttachedTerminal {
  /** Everything that was shown so far, with the marks that move the cursor. */
  shown(): string;
  /** Types as it is, without an Enter. */
  type(text: string): void;
  /** Types a line and sends it off. */
  enter(line: string): Promise<void>;
  /** The end of the program that was attached, and of its terminal. */
  gone: Promise<void>;
}

/** Attaches to the session, in a terminal of 40 lines and 120 columns. */
export function attachAtTerminal(sessionId: string, env: Record<string, string>, cwd: string): AttachedTerminal {
  const command = [process.execPath, program, 'sessions', 'attach', sessionId].map(quoteForShell).join(' ');
  const child = spawn('script', ['-qec', `stty rows 40 cols 120; ${command}`, '/dev/null'], {
    env: { ...process.env, ...env, TERM: 'xterm-256color' },
    cwd,
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  // It may be taken back while somebody types.
  child.stdin.on('error', () => {});
  const type = (text: string) => void child.stdin.write(text);
  return {
    shown: () => shown,
    type,
    async enter(line) {
      type(line);
      // Written at once it would be taken for a text that was pasted.
      await sleep(500);
      type('\r');
    },
    gone: new Promise<void>((resolve) => child.on('close', () => resolve())),
  };
}

/** What a person has answered long ago, so that claude's terminal program asks nothing when it starts in the folder. */
export function skipFirstQuestions(person: string, apiKey: string, folder: string): void {
  const answered = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    // It remembers the end of a key.
    customApiKeyResponses: { approved: [apiKey.slice(-20)], rejected: [] },
    projects: { [folder]: { hasTrustDialogAccepted: true } },
  };
  writeFileSync(join(person, '.claude.json'), JSON.stringify(answered));
}
