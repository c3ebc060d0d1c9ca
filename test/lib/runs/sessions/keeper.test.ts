// Who looks after sessions between their turns: what a dead agent left goes, and one more is woken only where there is room.

import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { silentLog } from '../../../../src/lib/adapters/log.ts';
import { createKeeper, type KeeperParts } from '../../../../src/lib/runs/sessions/keeper.ts';
import { hasRemains, livingGeneration, wakeSession } from '../../../../src/lib/sessions/process.ts';
import { until } from '../../../support/until.ts';
import { makeWarmHome, newSessionId, sessionOf, warmStandIn } from '../../../support/warm-home.ts';

async function openHome(names: readonly string[]) {
  const home = await makeWarmHome(undefined, warmStandIn);
  const ids = names.map(newSessionId);
  for (const [index, session_id] of ids.entries()) {
    const conversation = `11111111-1111-4111-8111-11111111111${index}`;
    const at = new Date(Date.now() - 60_000 + index * 1000).toISOString();
    const change = { session_id, name: names[index] as string, agent_session_id: conversation, last_used_at: at };
    await home.parts.sessions.create(sessionOf(home.outside, change));
  }
  const makeKeeper = (change: Partial<KeeperParts> = {}) =>
    createKeeper({
      ...home.parts,
      graceMs: 2000,
      log: silentLog,
      limits: () => ({ maxWarm: 2, sleepAfterMs: 3_600_000, endAfterMs: 3_600_000 }),
      isMemoryShort: () => false,
      busy: () => new Set(),
      ...change,
    });
  const keeper = makeKeeper();
  const isWarm = (id: string) => livingGeneration(home.parts, home.parts.sessions.load(id)) !== null;
  return { ...home, ids: ids as [string, ...string[]], keeper, makeKeeper, isWarm };
}

/** A tool of the session's agent that has outlived it. */
function startTool(sessionId: string) {
  const tool = spawn('sleep', ['600'], { env: { ...process.env, CCDISPATCH_SESSION_ID: sessionId }, detached: true });
  const gone = new Promise<void>((resolve) => tool.on('exit', () => resolve()));
  return { gone };
}

async function killAgent({ parts, isWarm }: Awaited<ReturnType<typeof openHome>>, id: string): Promise<void> {
  process.kill(parts.sessions.load(id).pid as number, 'SIGKILL');
  await until('the death of the agent', () => !isWarm(id));
}

it('ends what an agent that died between turns has left, and its pipe', async () => {
  const home = await openHome(['one']);
  const { parts, ids, keeper } = home;
  const [id] = ids;
  await wakeSession(parts, id, true);
  const tool = startTool(id);
  await killAgent(home, id);
  expect(hasRemains(parts, parts.sessions.load(id))).toBe(true);
  await keeper.look();
  await tool.gone;
  expect(hasRemains(parts, parts.sessions.load(id))).toBe(false);
});

it('leaves no pipe of a session that ended while its agent was dead', async () => {
  const home = await openHome(['one']);
  const [id] = home.ids;
  await wakeSession(home.parts, id, true);
  await killAgent(home, id);
  await home.parts.sessions.end(id, 'user', new Date().toISOString());
  await home.keeper.look();
  expect(hasRemains(home.parts, home.parts.sessions.load(id))).toBe(false);
});

it('asks no more about a session that ended and left nothing, until its record changes', async () => {
  const home = await openHome(['ended', 'open']);
  const [ended] = home.ids;
  const asked = new Set<string>();
  const { locks } = home.parts;
  const isHeld = (path: string) => {
    asked.add(path);
    return locks.isHeld(path);
  };
  const keeper = home.makeKeeper({ locks: { ...locks, isHeld } });
  const asksAbout = async (id: string) => {
    asked.clear();
    await keeper.look();
    return [...asked].some((path) => path.startsWith(`${home.paths.session(id)}/`));
  };
  await home.parts.sessions.end(ended, 'user', new Date().toISOString());
  // Once its change is some seconds old a record is not read again.
  await until('nobody asks about it', async () => !(await asksAbout(ended)));
  expect(await asksAbout(home.ids[1] as string)).toBe(true);
  await home.parts.sessions.change(ended, 'test', (session) => ({
    ...session,
    last_used_at: new Date().toISOString(),
  }));
  expect(await asksAbout(ended)).toBe(true);
});

it('starts no second agent beside what the first one left', async () => {
  const home = await openHome(['one']);
  const [id] = home.ids;
  const first = await wakeSession(home.parts, id, true);
  const tool = startTool(id);
  await killAgent(home, id);
  // What was said before is in the conversation.
  const second = await wakeSession(home.parts, id, true);
  await tool.gone;
  expect(second.n).toBe(2);
  expect(home.parts.files.stat(`${first.folder}/stdin`)).toBeNull();
});

it('puts the one last used longest ago to sleep before one more is woken', async () => {
  const { parts, ids, keeper, isWarm } = await openHome(['one', 'two', 'three', 'four']);
  for (const id of ids) await keeper.waking(id, () => wakeSession(parts, id, true));
  expect(ids.map(isWarm)).toEqual([false, false, true, true]);
});

it('makes room for those, too, that are being woken at the same time', async () => {
  const { parts, ids, keeper, isWarm } = await openHome(['one', 'two', 'three', 'four']);
  const [one, two, three, four] = ids as [string, string, string, string];
  for (const id of [one, two]) await keeper.waking(id, () => wakeSession(parts, id, true));
  await Promise.all([three, four].map((id) => keeper.waking(id, () => wakeSession(parts, id, true))));
  expect(ids.map(isWarm)).toEqual([false, false, true, true]);
});

it('ends, when its worker leaves, whose session has ended, and leaves open ones warm', async () => {
  const home = await openHome(['ended', 'open']);
  const [ended, open] = home.ids as [string, string];
  for (const id of home.ids) await wakeSession(home.parts, id, true);
  await home.parts.sessions.end(ended, 'user', new Date().toISOString());
  await home.keeper.leave();
  expect([home.isWarm(ended), home.isWarm(open)]).toEqual([false, true]);
});
