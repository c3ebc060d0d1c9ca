// A home with the real stores as those see it who act on tasks, and a clock that the test moves.

import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { type Log, silentLog } from '../../../src/lib/adapters/log.ts';
import { systemProcesses } from '../../../src/lib/adapters/processes.ts';
import { type AgentSet, createAgents } from '../../../src/lib/agents/registry.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import type { SuperviseParts } from '../../../src/lib/runs/watched.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { createManualClock } from '../../support/manual-clock.ts';

/** A log that keeps what it hears, message by message. */
export function makeLog(): Log & { said: string[] } {
  const said: string[] = [];
  const say = (_fields: object, message: string) => void said.push(message);
  return { ...silentLog, warn: say, error: say, said };
}

function agentsOf(home: TestHome, scripts: Record<string, string>): AgentSet {
  const custom = Object.fromEntries(
    Object.entries(scripts).map(([name, script]) => [name, { command: ['sh', '-c', script] }]),
  );
  return createAgents({
    files: realFiles,
    settings: configSchema.parse({ agents: { custom } }),
    homes: [home.home],
    personHomes: [home.outside],
    hookCommand: 'true',
    permissionHook: { command: 'true', timeoutSeconds: 1 },
  });
}

export type RunHome = ReturnType<typeof makeRunHome>;

export function makeRunHome({ isHasty = false } = {}) {
  const home = makeHome();
  const clock = createManualClock({ isHasty });
  const outbox = createOutbox({ files: realFiles, paths: home.paths, clock, botId: null });
  return {
    ...home,
    clock,
    outbox,
    agents: agentsOf(home, { sh: 'true' }),
    processes: systemProcesses,
    log: makeLog(),
    /** What lies in the outbox of the chat, by its keys. */
    told(chatId: string): Record<string, { kind: string; [field: string]: unknown }> {
      const entries = home.files
        .list(path.join(home.paths.outbox, chatId))
        .filter((name) => name.endsWith('.json') && !name.endsWith('.delivery.json'))
        .map((name) => JSON.parse(fs.readFileSync(path.join(home.paths.outbox, chatId, name), 'utf8')));
      return Object.fromEntries(entries.map(({ key, notification }) => [key, notification]));
    },
    /** Starts a program as the agent of the task's latest run would be started: with its mark, in a session of its own. */
    async startAgent(task: Task, script: string) {
      const folder = home.paths.run(task.task_id, task.runs.at(-1)?.n ?? 1);
      home.files.makeFolder(folder);
      home.files.write(path.join(folder, 'stdin.jsonl'), '');
      return await systemProcesses.start({
        command: 'sh',
        args: ['-c', script],
        cwd: home.outside,
        env: { PATH: process.env.PATH ?? '', CCDISPATCH_TASK_ID: task.task_id },
        stdinPath: path.join(folder, 'stdin.jsonl'),
        stdoutPath: path.join(folder, 'events.jsonl'),
        stderrPath: path.join(folder, 'stderr.log'),
      });
    },
  };
}

/** All that following runs needs, with agents that are shell scripts; real time goes on unless the home's clock is asked for. */
export function makeSuperviseParts(home: RunHome, scripts: Record<string, string>): SuperviseParts {
  return {
    ...home,
    clock: systemClock,
    agents: agentsOf(home, scripts),
    environmentOf: (task) => ({ PATH: process.env.PATH ?? '', HOME: home.outside, CCDISPATCH_TASK_ID: task.task_id }),
    asksPeople: () => false,
    limitsOf: () => ({ silenceMs: 60_000, wallMs: null, backgroundMs: 60_000, lingerMs: 60_000 }),
    graceMs: 300,
    redactFor: () => (text) => text,
    maskFor: () => (text) => text,
    onDiskFull: () => {},
  };
}
