// A session's health: a table of evidence and verdicts, and what holds for any evidence.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeSession,
  maxRepairs,
  repairWindowMs,
  type SessionEvidence,
  type TurnEvidence,
} from '../../../src/lib/sessions/health.ts';

const minute = 60_000;
const now = 1_800_000_000_000;
const limits = {
  silenceMs: 10 * minute,
  idleToolMs: 30 * minute,
  idleChildrenMs: 120 * minute,
  takingMs: minute,
  longMs: 30 * minute,
};

const quiet: SessionEvidence = {
  isAlive: true,
  isAwake: true,
  turn: null,
  isUnread: false,
  messages: 0,
  isResumeRefused: false,
  emptyAnswers: 0,
  repairs: [],
  now,
  limits,
};

const turnOf = (change: Partial<TurnEvidence> = {}): TurnEvidence => ({
  startedAt: now - minute,
  lastEventAt: now - 1000,
  isTaken: true,
  tools: 0,
  isAsking: false,
  children: 0,
  workedAt: null,
  isRetrying: false,
  ...change,
});

const longAgo = { startedAt: now - 120 * minute, lastEventAt: now - 119 * minute };
const aDayAgo = { startedAt: now - 1440 * minute, lastEventAt: now - 1439 * minute };
const idle = { children: 1, workedAt: now - 120 * minute };
const inTool = (change: Partial<TurnEvidence> = {}) => turnOf({ ...longAgo, tools: 1, ...change });
const workingLong = ['working-long', 'nothing'] as const;
const resumed = (...minutesAgo: number[]) =>
  minutesAgo.map((ago) => ({ at: now - ago * minute, kind: 'resume' as const }));

const cases: [what: string, evidence: Partial<SessionEvidence>, state: string, cure: string][] = [
  ['between turns', {}, 'healthy', 'nothing'],
  ['asleep', { isAlive: false, isAwake: false }, 'asleep', 'nothing'],
  ['asleep with messages', { isAlive: false, isAwake: false, messages: 2 }, 'asleep', 'nothing'],
  ['died between turns', { isAlive: false }, 'dead', 'nothing'],
  ['died in a turn', { isAlive: false, turn: turnOf() }, 'dead', 'resume'],
  ['died in a turn again and again', { isAlive: false, turn: turnOf(), repairs: resumed(5, 2) }, 'dead', 'fresh'],
  ['repaired too often', { isAlive: false, turn: turnOf(), repairs: resumed(9, 5, 2) }, 'dead', 'wait'],
  ['repaired often, long ago', { isAlive: false, turn: turnOf(), repairs: resumed(40, 30, 20) }, 'dead', 'resume'],
  ['at work', { turn: turnOf() }, 'working', 'nothing'],
  ['at work for long', { turn: turnOf({ startedAt: now - 40 * minute }) }, 'working-long', 'nothing'],
  ['a tool that lives, not looked at yet', { turn: inTool({ children: 3 }) }, 'working-long', 'nothing'],
  ['a build of two hours', { turn: inTool({ children: 3, workedAt: now - 30_000 }) }, 'working-long', 'nothing'],
  [
    'a build of a day',
    { turn: inTool({ ...aDayAgo, children: 3, workedAt: now - minute }) },
    'working-long',
    'nothing',
  ],
  ['a wait of two hours', { turn: inTool({ children: 1, workedAt: now - 119 * minute }) }, 'working-long', 'nothing'],
  ['a tool that has long done nothing', { turn: inTool({ ...aDayAgo, ...idle }) }, 'stuck', 'resume'],
  ['a tool that does nothing, but speaks', { turn: inTool({ ...idle, lastEventAt: now }) }, 'working-long', 'nothing'],
  ['a tool that has worked, by a clock ahead', { turn: inTool({ ...idle, workedAt: now + minute }) }, ...workingLong],
  ['processes without a tool', { turn: turnOf({ ...longAgo, children: 2, workedAt: now }) }, 'stuck', 'resume'],
  ['a tool without a process', { turn: inTool() }, 'stuck', 'resume'],
  ['a tool whose processes are gone', { turn: inTool({ workedAt: now - minute }) }, 'stuck', 'resume'],
  ['silent within its limit', { turn: turnOf({ lastEventAt: now - 9 * minute }) }, 'working', 'nothing'],
  ['silent past its limit', { turn: turnOf({ lastEventAt: now - 10 * minute }) }, 'stuck', 'resume'],
  ['silent, not read yet', { isUnread: true, turn: turnOf({ lastEventAt: now - 10 * minute }) }, 'working', 'nothing'],
  ['waits for its service', { turn: turnOf({ ...longAgo, isRetrying: true }) }, 'working-long', 'nothing'],
  ['waits for a person', { turn: turnOf({ ...longAgo, isAsking: true }) }, 'waiting', 'nothing'],
  ['reads no input', { turn: turnOf({ isTaken: false }) }, 'stuck', 'resume'],
  ['about to read', { turn: turnOf({ isTaken: false, startedAt: now - 1000 }) }, 'working', 'nothing'],
  ['refuses to resume', { isAlive: false, isResumeRefused: true }, 'poisoned', 'fresh'],
  ['said nothing once', { emptyAnswers: 1 }, 'healthy', 'nothing'],
  ['said nothing twice', { emptyAnswers: 2 }, 'poisoned', 'fresh'],
  [
    'a clock set back',
    { turn: turnOf({ startedAt: now + 60 * minute, lastEventAt: now + minute }) },
    'working',
    'nothing',
  ],
];

describe('a session', () => {
  it.each(cases)('%s', (_what, change, state, cure) => {
    const verdict = judgeSession({ ...quiet, ...change });
    expect([verdict.state, verdict.cure.do]).toEqual([state, cure]);
  });

  it('is left alone until its window is over', () => {
    const verdict = judgeSession({ ...quiet, isAlive: false, turn: turnOf(), repairs: resumed(9, 5, 2) });
    expect(verdict.cure).toEqual({ do: 'wait', until: now - 9 * minute + repairWindowMs });
  });
});

const evidences = fc.record({
  isAlive: fc.boolean(),
  isAwake: fc.boolean(),
  turn: fc.option(
    fc.record({
      startedAt: fc.integer({ min: now - 300 * minute, max: now + 60 * minute }),
      lastEventAt: fc.integer({ min: now - 300 * minute, max: now + 60 * minute }),
      isTaken: fc.boolean(),
      tools: fc.nat(3),
      isAsking: fc.boolean(),
      children: fc.nat(3),
      workedAt: fc.option(fc.integer({ min: now - 300 * minute, max: now + 60 * minute })),
      isRetrying: fc.boolean(),
    }),
  ),
  isUnread: fc.boolean(),
  messages: fc.nat(5),
  isResumeRefused: fc.boolean(),
  emptyAnswers: fc.nat(3),
  repairs: fc.array(
    fc.record({
      at: fc.integer({ min: now - 60 * minute, max: now + 60 * minute }),
      kind: fc.constantFrom('resume' as const, 'fresh' as const),
    }),
    { maxLength: 6 },
  ),
});

describe('whatever is found', () => {
  it('is repaired at most so often within the window', () => {
    fc.assert(
      fc.property(evidences, (found) => {
        const { cure } = judgeSession({ ...quiet, ...found });
        const recent = found.repairs.filter(({ at }) => now - Math.min(at, now) < repairWindowMs);
        if (cure.do === 'resume' || cure.do === 'fresh') expect(recent.length).toBeLessThan(maxRepairs);
      }),
    );
  });

  it('nothing is done to a turn that waits for a person, or to a tool whose processes have worked of late', () => {
    fc.assert(
      fc.property(evidences, (found) => {
        fc.pre(found.turn !== null && found.isAlive && !found.isResumeRefused && found.emptyAnswers < 2);
        fc.pre(found.turn?.isTaken === true);
        const { isAsking, tools, children, workedAt } = found.turn as TurnEvidence;
        const isAtWork = tools > 0 && children > 0 && workedAt !== null && now - workedAt < limits.idleChildrenMs;
        if (isAsking || isAtWork) expect(judgeSession({ ...quiet, ...found }).cure).toEqual({ do: 'nothing' });
      }),
    );
  });
});
