// A message of a session is paused in mid-turn: its agent stays, the messages behind it wait, and all are done in order once it goes on.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hasProc, openStage } from '../support/crash-stage.ts';
import { until } from '../support/until.ts';
import { warmStandIn } from '../support/warm-home.ts';

it.skipIf(!hasProc)('keeps its place in its session while it is paused', { timeout: 60_000 }, async () => {
  const stage = await openStage({ env: { CLAUDE_BIN: warmStandIn } });
  try {
    const { workdir, session_id: id } = JSON.parse((await stage.cli(['sessions', 'new', 'desk', '--json'])).stdout);
    const say = async (text: string) => (await stage.cli(['sessions', 'send', id, text])).stdout.trim();
    const statusOf = (taskId: string) => stage.home.tasks.load(taskId).status;
    const session = () => stage.home.sessions.load(id);
    const first = await say('TURN first 20000');
    await until('the turn', () => statusOf(first) === 'running' && session().pid !== null, 20_000);
    const { pid } = session();
    expect((await stage.cli(['tasks', 'pause', first])).exitCode).toBe(0);
    await until('the pause', () => statusOf(first) === 'paused', 10_000);
    const second = await say('TURN second 0');
    const why = JSON.parse((await stage.cli(['tasks', 'why', second, '--json'])).stdout);
    expect(why).toMatchObject({ waits_for: 'session_paused', text: expect.stringContaining(first) });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect([statusOf(second), session().pid]).toEqual(['pending', pid]);
    expect((await stage.cli(['tasks', 'resume', first])).exitCode).toBe(0);
    await until('the turn goes on', () => statusOf(first) === 'running', 10_000);
    expect((await stage.cli(['sessions', 'stop', id])).exitCode).toBe(0);
    await until('the second message', () => statusOf(second) === 'completed', 20_000);
    expect([statusOf(first), session().generation]).toEqual(['cancelled', 1]);
    expect(readFileSync(join(workdir, 'effects.txt'), 'utf8')).toBe('second\n');
    await stage.cli(['sessions', 'end', id]);
  } finally {
    await stage.close();
  }
});
