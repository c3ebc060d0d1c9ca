// Whether a turn with a silent tool is stuck, by what real processes do, in hours that pass at once.

import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemProcesses } from '../../../../src/lib/adapters/processes.ts';
import {
  type Children,
  childrenOf,
  createVitality,
  healthLimits,
  type VitalityView,
} from '../../../../src/lib/runs/sessions/turn-vitality.ts';
import { newTurn } from '../../../../src/lib/sessions/turn.ts';
import { makeHome } from '../../../support/home.ts';
import { until } from '../../../support/until.ts';
import { newSessionId } from '../../../support/warm-home.ts';

const start = 1_800_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const limits = healthLimits(10 * minute, minute);

/** A turn at work that said something last as it started; `minutes` after its start it is looked at. */
function openTurn(look: () => Children) {
  const vitality = createVitality();
  const looks = { count: 0 };
  const turn: VitalityView['turn'] = { ...newTurn('uuid'), phase: 'at-work' };
  const isStuckAt = (at: number, change: Partial<VitalityView> = {}) =>
    vitality.isStuck({
      turn,
      startedAt: start,
      lastOutputAt: start,
      now: start + at,
      limits,
      lookAtChildren: () => {
        looks.count++;
        return look();
      },
      ...change,
    });
  const beginTool = () => vitality.hear([{ type: 'tool', id: 't', name: 'Bash', target: null, writes: null }]);
  return {
    isStuckAt,
    beginTool,
    endTool: () => vitality.hear([{ type: 'tool-ended', id: 't', isError: false }]),
    looks,
  };
}

/** Looks every half minute until it is stuck; gives when that was, null where it was not by then. */
function firstStuck({ isStuckAt }: Pick<ReturnType<typeof openTurn>, 'isStuckAt'>, until: number): number | null {
  for (let at = 0; at <= until; at += minute / 2) if (isStuckAt(at)) return at;
  return null;
}

/** A real process with the mark of a session's agent, in a group of its own as shells of tools are. */
async function startTool(script: string) {
  const { outside } = makeHome();
  const sessionId = newSessionId();
  const file = (name: string) => join(outside, name);
  const child = await systemProcesses.start({
    command: 'sh',
    args: ['-c', script],
    cwd: outside,
    env: { PATH: process.env.PATH ?? '', CCDISPATCH_SESSION_ID: sessionId },
    stdinPath: '/dev/null',
    stdoutPath: file('out'),
    stderrPath: file('err'),
  });
  onTestFinished(() => void systemProcesses.signalGroup(child.id.pid, 'SIGKILL'));
  const look = (agent: number | null = null) => childrenOf(systemProcesses, { session_id: sessionId, pid: agent });
  return { look, pid: child.id.pid };
}

describe('a tool of a session', () => {
  it('that only waits is left alone for more than an hour, and is stuck two hours after the first look', async () => {
    const { look, pid } = await startTool('exec sleep 300');
    await until('the process', () => look().size === 1);
    const turn = openTurn(look);
    turn.beginTool();
    expect(firstStuck(turn, 12 * hour)).toBe(limits.idleToolMs + limits.idleChildrenMs);
    // The agent itself is no child of its own.
    expect(look(pid).size).toBe(0);
  });

  it('that uses the processor is at work, however long it is silent', async () => {
    const { look } = await startTool('while :; do :; done');
    const sum = (children: Children) => [...children.values()].reduce((total, one) => total + one, 0);
    let before = -1;
    // Real looks are seconds apart: each of these waits until some of it was used since the one before.
    const turn = openTurn(() => {
      let children = look();
      for (const end = Date.now() + 20_000; sum(children) <= before && Date.now() < end; ) children = look();
      before = sum(children);
      return children;
    });
    turn.beginTool();
    const { idleToolMs, idleChildrenMs } = limits;
    for (let at = idleToolMs; at < idleToolMs + idleChildrenMs + 10 * minute; at += 50_000) {
      expect(turn.isStuckAt(at)).toBe(false);
    }
    expect(turn.looks.count).toBeGreaterThan(100);
  });

  it('of which no process lives has as long as before', () => {
    const turn = openTurn(() => new Map());
    turn.beginTool();
    expect(firstStuck(turn, 12 * hour)).toBe(limits.idleToolMs);
  });

  it('begins anew with each process, and with each sign of use', () => {
    const seen = { children: new Map([[7, 100]]) };
    const turn = openTurn(() => seen.children);
    turn.beginTool();
    const lookUntil = (from: number, to: number) => {
      for (let at = from; at <= to; at += minute / 2) expect(turn.isStuckAt(at), `${at / minute} min`).toBe(false);
    };
    lookUntil(0, 2 * hour);
    seen.children = new Map([[8, 0]]);
    lookUntil(2 * hour, 3.9 * hour);
    seen.children = new Map([[8, 1]]);
    lookUntil(3.9 * hour, 5.8 * hour);
    // One that ends is no sign of the others.
    seen.children = new Map();
    expect(turn.isStuckAt(5.8 * hour + minute)).toBe(true);
  });

  it('is not held against it that the machine slept, or that the clock was set back', () => {
    const turn = openTurn(() => new Map([[7, 100]]));
    turn.beginTool();
    expect(turn.isStuckAt(40 * minute)).toBe(false);
    // Ten hours in which nobody looked.
    expect(turn.isStuckAt(10 * hour)).toBe(false);
    expect(turn.isStuckAt(10 * hour + minute)).toBe(false);
    expect(turn.isStuckAt(9 * hour)).toBe(false);
    expect(firstStuck({ isStuckAt: (at) => turn.isStuckAt(9 * hour + at) }, 3 * hour)).toBe(limits.idleChildrenMs);
  });

  it('costs a look at all processes only past its limit, and then not each time', () => {
    const turn = openTurn(() => new Map([[7, 100]]));
    turn.beginTool();
    for (let at = 0; at < limits.idleToolMs; at += minute) turn.isStuckAt(at);
    expect(turn.looks.count).toBe(0);
    for (let ms = 0; ms < minute; ms += 250) turn.isStuckAt(limits.idleToolMs + ms);
    expect(turn.looks.count).toBe(6);
    turn.endTool();
    // Without a tool its processes say nothing for it.
    expect(turn.isStuckAt(limits.idleToolMs + minute)).toBe(true);
    expect(turn.looks.count).toBe(6);
  });

  it('may wait for an hour also where the agent itself may be silent for seconds only', () => {
    expect(healthLimits(3000, minute).idleChildrenMs).toBe(2 * hour);
    expect(healthLimits(hour, minute).idleChildrenMs).toBe(12 * hour);
  });
});
