/** Runs the real `claude` program against a model server, with a home and a working folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const CLAUDE = fileURLToPath(new URL('../../../node_modules/.bin/claude', import.meta.url));

/** One line of the agent's standard output. */
export interface AgentLine {
  type: string;
  subtype?: string;
  [key: string]: unknown;
}

export interface AgentExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  lines: AgentLine[];
}

export interface AgentHome {
  home: string;
  work: string;
  /** Ends what still runs and removes both folders. */
  remove(): Promise<void>;
  /** Starts the agent with `input` on its standard input. */
  start(modelUrl: string, options: StartOptions): { process: ChildProcess; exit: Promise<AgentExit> };
}

export interface StartOptions {
  input: string;
  args?: string[];
  env?: Record<string, string>;
}

export async function makeAgentHome(): Promise<AgentHome> {
  const root = await mkdtemp(join(tmpdir(), 'ccdispatch-claude-'));
  const home = join(root, 'home');
  const work = join(root, 'work');
  await Promise.all([mkdir(home), mkdir(work)]);
  const started: { process: ChildProcess; exit: Promise<AgentExit> }[] = [];
  return {
    home,
    work,
    async remove() {
      for (const { process: child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ exit }) => exit));
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
    start(modelUrl, { input, args = [], env = {} }) {
      const child = spawn(
        CLAUDE,
        ['-p', '--output-format', 'stream-json', '--verbose', '--permission-mode', 'acceptEdits', ...args],
        {
          cwd: work,
          env: {
            PATH: process.env.PATH,
            HOME: home,
            // Background commands keep their output there; the agent leaves it behind.
            CLAUDE_CODE_TMPDIR: root,
            ANTHROPIC_BASE_URL: modelUrl,
            ANTHROPIC_API_KEY: 'test-key',
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
            ...env,
          },
        },
      );
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      const run = { process: child, exit: exitOf(child) };
      started.push(run);
      return run;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<AgentExit> {
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
  const output = child.stdout === null ? '' : await text(child.stdout);
  const [code, signal] = await closed;
  const lines = output.split('\n').filter((line) => line !== '');
  return { code, signal, lines: lines.map((line) => JSON.parse(line) as AgentLine) };
}

/** One input line for `--input-format stream-json`. */
export function userLine(prompt: string, uuid: string): string {
  return `${JSON.stringify({ type: 'user', uuid, message: { role: 'user', content: [{ type: 'text', text: prompt }] } })}\n`;
}

/** The lines that end a turn. */
export function resultsOf(exit: AgentExit): AgentLine[] {
  return exit.lines.filter((line) => line.type === 'result');
}
