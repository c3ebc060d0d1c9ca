// A worker that is killed after it noted a turn, and before it said the line of it: the line is said, once, and the agent stays.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasProc, openStage } from '../support/crash-stage.ts';
import { type CrashWorkerParts, openApp, submit, work, workUntilIdle } from '../support/crash-worker.ts';
import { warmStandIn } from '../support/warm-home.ts';

it.skipIf(!hasProc)(
  'says a line that its worker did not live to say, to the same agent',
  { timeout: 60_000 },
  async () => {
    const stage = await openStage({ env: { CLAUDE_BIN: warmStandIn } });
    try {
      const made = await stage.cli(['sessions', 'new', 'patient', '--json'], {
        env: { TELEGRAM_BOT_TOKEN: undefined },
      });
      const { workdir, session_id: session } = JSON.parse(made.stdout);
      const app = openApp(stage.env, stage.home.outside);
      const say = (prompt: string) => submit(app, { prompt, session });
      const first = await say('TURN first 0');
      await workUntilIdle(app);

      const dying = new AbortController();
      const dies = (parts: CrashWorkerParts): CrashWorkerParts => {
        const { sessionParts } = parts;
        if (!sessionParts) throw new Error('no sessions');
        const write = async () => {
          dying.abort();
          return { written: 1, isWhole: true };
        };
        return { ...parts, sessionParts: { ...sessionParts, fifos: { ...sessionParts.fifos, write } } };
      };
      const second = await say('TURN second 0');
      await work(app, { wrapParts: dies, signal: dying.signal });
      expect(stage.home.tasks.load(second.task_id)).toMatchObject({ status: 'running', runs: [{ outcome: null }] });

      await workUntilIdle(app);
      expect(stage.home.tasks.load(first.task_id).status).toBe('completed');
      expect(stage.home.tasks.load(second.task_id)).toMatchObject({
        status: 'completed',
        runs: [{ outcome: 'lost' }, { outcome: 'completed' }],
      });
      expect(readFileSync(join(workdir, 'effects.txt'), 'utf8')).toBe('first\nsecond\n');
      expect(stage.home.sessions.load(session)).toMatchObject({ generation: 1, repair_count: 0 });
    } finally {
      await stage.close();
    }
  },
);

it.skipIf(!hasProc)(
  'counts one death of an agent once, whoever dies over its repair',
  { timeout: 60_000 },
  async () => {
    const stage = await openStage({ env: { CLAUDE_BIN: warmStandIn } });
    try {
      const made = await stage.cli(['sessions', 'new', 'mortal', '--json'], { env: { TELEGRAM_BOT_TOKEN: undefined } });
      const { session_id: session } = JSON.parse(made.stdout);
      const app = openApp(stage.env, stage.home.outside);
      const task = await submit(app, { prompt: 'TURN once 0 FORGET', session });
      // The first start is needed; each later one is the last thing that its worker does.
      let starts = 0;
      for (let round = 0; round < 3; round++) {
        const dying = new AbortController();
        const dies = (parts: CrashWorkerParts): CrashWorkerParts => {
          const { sessionParts } = parts;
          if (!sessionParts) throw new Error('no sessions');
          const start: typeof sessionParts.processes.start = async (request) => {
            if (starts++ === 0) return await sessionParts.processes.start(request);
            dying.abort();
            throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
          };
          return { ...parts, sessionParts: { ...sessionParts, processes: { ...sessionParts.processes, start } } };
        };
        await work(app, { wrapParts: dies, signal: dying.signal });
      }
      await workUntilIdle(app);
      expect(stage.home.tasks.load(task.task_id)).toMatchObject({ status: 'completed' });
      expect(stage.home.sessions.load(session)).toMatchObject({ repair_count: 1, repairs: [{ cause: 'dead' }] });
    } finally {
      await stage.close();
    }
  },
);

it.skipIf(!hasProc)(
  'goes on with an agent that somebody started and did not live to say anything to: it has no conversation yet',
  { timeout: 60_000 },
  async () => {
    const stage = await openStage({ env: { CLAUDE_BIN: warmStandIn } });
    try {
      const made = await stage.cli(['sessions', 'new', 'silent', '--json'], { env: { TELEGRAM_BOT_TOKEN: undefined } });
      const { workdir, session_id: session } = JSON.parse(made.stdout);
      const app = openApp(stage.env, stage.home.outside);
      const task = await submit(app, { prompt: 'TURN once 0 FORGET', session });
      let wakes = 0;
      const dying = new AbortController();
      const dies = (parts: CrashWorkerParts): CrashWorkerParts => {
        const { sessionParts } = parts;
        if (!sessionParts) throw new Error('no sessions');
        const hold: typeof sessionParts.sessions.hold = async (id, purpose, hand) => {
          const held = await sessionParts.sessions.hold(id, purpose, hand);
          if (purpose !== 'wake' || wakes++ === 0) return held;
          dying.abort();
          throw new Error('killed');
        };
        return { ...parts, sessionParts: { ...sessionParts, sessions: { ...sessionParts.sessions, hold } } };
      };
      await work(app, { wrapParts: dies, signal: dying.signal });
      expect(stage.home.tasks.load(task.task_id)).toMatchObject({ status: 'pending', runs: [{ outcome: 'lost' }] });
      await workUntilIdle(app);
      expect(stage.home.tasks.load(task.task_id)).toMatchObject({ status: 'completed', reason: null });
      expect(readFileSync(join(workdir, 'effects.txt'), 'utf8')).toBe('once\n');
      expect(stage.home.sessions.load(session)).toMatchObject({ generation: 2, repair_count: 1 });
    } finally {
      await stage.close();
    }
  },
);
