// Four agents that do not read what they are told: everything else goes on meanwhile, and they are started again in the end.

import { expect, it } from 'vitest';
import type { Session } from '../../src/lib/sessions/record.ts';
import type { Task } from '../../src/lib/tasks/record.ts';
import { hasProc, openStage } from '../support/crash-stage.ts';
import { openApp, submit } from '../support/crash-worker.ts';
import { until } from '../support/until.ts';
import { warmStandIn } from '../support/warm-home.ts';

const wedged = 4;

it.skipIf(!hasProc)('lets no agent that does not read hold up another', { timeout: 120_000 }, async () => {
  const stage = await openStage({
    env: { CLAUDE_BIN: warmStandIn },
    config: {
      limits: { maxSessions: 8, perUser: 8, sessionsPerUser: 8, minFreeMemoryMb: 0 },
      timeouts: { graceSeconds: 1 },
    },
  });
  try {
    const app = openApp(stage.env, stage.home.outside);
    const begin = async (name: string) =>
      JSON.parse((await stage.cli(['sessions', 'new', name, '--json'])).stdout) as Session;
    const sessions: Session[] = [];
    for (let n = 0; n <= wedged; n++) sessions.push(await begin(`s${n}`));
    const [well, ...stuck] = sessions as [Session, ...Session[]];
    const say = (session: Session, text: string) => submit(app, { prompt: text, session: session.session_id });
    const said = (session: Session, text: string) =>
      stage.cli(['sessions', 'send', session.session_id, text, '--wait']);
    for (const session of sessions) expect((await said(session, 'TURN warm 0')).exitCode).toBe(0);

    for (const { session_id } of stuck) process.kill(stage.home.sessions.load(session_id).pid as number, 'SIGSTOP');
    // More than a pipe takes.
    const held: Task[] = [];
    for (const session of stuck) held.push(await say(session, `TURN late 0 ${'x'.repeat(200_000)}`));
    const began = performance.now();
    const [turn, plain] = await Promise.all([
      said(well, 'TURN well-0 0'),
      stage.cli(['dispatch', '--agent', 'counting', 'plain 0', '--wait']),
    ]);
    // Sooner than any of the four was given up.
    const isOpen = held.some(({ task_id }) => stage.home.tasks.load(task_id).status !== 'completed');
    expect(isOpen, `all that took ${Math.round(performance.now() - began)} ms`).toBe(true);
    expect(turn.stdout.trim()).toBe('This is the answer of well-0.');
    expect(plain.stdout).toContain('This is the answer of plain.');
    expect((await said(well, 'TURN well-1 0')).stdout.trim()).toBe('This is the answer of well-1.');
    const done = () => held.every(({ task_id }) => stage.home.tasks.load(task_id).status === 'completed');
    await until('the messages of all', done, 60_000);
    for (const { session_id } of sessions) await stage.cli(['sessions', 'end', session_id]);
  } finally {
    await stage.close();
  }
});
