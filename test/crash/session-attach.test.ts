// A person takes a session to his terminal (a real one, by script(1)): its messages wait and say so, until he leaves or is asked to.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { attachLockOf } from '../../src/lib/sessions/attach.ts';
import type { Session } from '../../src/lib/sessions/record.ts';
import { attachAtTerminal, hasScript } from '../support/attached-terminal.ts';
import { type CrashStage, hasProc, kill, openStage, processesOf } from '../support/crash-stage.ts';
import { until } from '../support/until.ts';
import { warmStandIn } from '../support/warm-home.ts';

let stage: CrashStage;
let session: Session;
beforeEach(async () => {
  if (!hasProc || !hasScript) return;
  stage = await openStage({ env: { CLAUDE_BIN: warmStandIn } });
  session = JSON.parse((await stage.cli(['sessions', 'new', 'desk', '-g', '7001', '--json'])).stdout);
  expect((await say('TURN first 0', '--wait')).stdout.trim()).toBe('This is the answer of first.');
});
afterEach(async () => {
  if (!hasProc || !hasScript) return;
  await stage.cli(['sessions', 'end', session.session_id]);
  await stage.close();
});

const say = (text: string, ...flags: string[]) => stage.cli(['sessions', 'send', session.session_id, text, ...flags]);
const isAttached = () => stage.home.locks.isHeld(attachLockOf(stage.home.paths, session.session_id));
const taskOf = (said: { stdout: string }) => said.stdout.trim();
const statusOf = (taskId: string) => stage.home.tasks.load(taskId).status;
const effects = () => readFileSync(join(session.workdir, 'effects.txt'), 'utf8');

/** Attaches at a terminal of its own, and waits for the program there. */
async function attach() {
  const terminal = attachAtTerminal(session.session_id, stage.env, stage.home.outside);
  await until('the terminal program', () => terminal.shown().includes(' on '), 20_000);
  return terminal;
}

it.skipIf(!hasProc || !hasScript)(
  'holds its messages until the person leaves, whatever becomes of the worker',
  { timeout: 60_000 },
  async () => {
    const before = stage.home.sessions.load(session.session_id);
    const terminal = await attach();
    expect(terminal.shown()).toContain(`a terminal on ${before.agent_session_id} in ${session.workdir}`);
    expect(isAttached()).toBe(true);
    const taskId = taskOf(await say('TURN second 0'));
    const why = async () => JSON.parse((await stage.cli(['tasks', 'why', taskId, '--json'])).stdout);
    expect(await why()).toMatchObject({ waits_for: 'attached', text: expect.stringContaining('sessions detach') });
    const state = async () => JSON.parse((await stage.cli(['sessions', 'list', '--json'])).stdout)[0]?.state;
    expect(await state()).toBe('attached');
    for (const pid of stage.find('worker')) kill(pid);
    await stage.cli(['worker', '--exit-when-idle'], { killWhen: new Promise((resolve) => setTimeout(resolve, 2500)) });
    expect(statusOf(taskId)).toBe('pending');
    const second = await stage.cli(['sessions', 'attach', session.session_id]);
    expect(second.stderr).toContain('This is no terminal.');
    terminal.type('exit\n');
    await terminal.gone;
    await until('the message', () => statusOf(taskId) === 'completed', 20_000);
    expect(effects()).toBe('first\nsecond\n');
  },
);

it.skipIf(!hasProc || !hasScript)(
  'is given back when the chat asks for it, after a warning; also where whoever lent the terminal was killed',
  { timeout: 90_000 },
  async () => {
    const terminal = await attach();
    const taskId = taskOf(await say('TURN second 0'));
    const places = () => stage.bot.messages('7001').map(({ text }) => text);
    await until(
      'the placeholder',
      () => places().some((text) => text.includes('somebody works in the session at')),
      20_000,
    );
    await stage.cli(['sessions', 'detach', session.session_id]);
    await until('the warning', () => terminal.shown().includes('the program ends in 10 s'), 10_000);
    expect(isAttached()).toBe(true);
    await terminal.gone;
    await until('the message', () => statusOf(taskId) === 'completed', 20_000);

    const again = await attach();
    for (const { pid, command } of processesOf(stage.home.home)) if (command.includes('sessions attach')) kill(pid);
    // The program lives on, without a terminal or with one, and keeps the session to itself until it has ended.
    const isThere = () => processesOf(stage.home.home).some(({ command }) => command.includes('warm-agent'));
    await until('the lock to go with the program', () => isAttached() === isThere(), 10_000);
    again.type('exit\n');
    await until('the end of the program', () => !isAttached(), 20_000);
    expect((await say('TURN third 0', '--wait')).stdout.trim()).toBe('This is the answer of third.');
  },
);
