// The judge's decisions, each on what is known of a run at one moment.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRun, type RunView } from '../../../src/lib/runs/judge.ts';
import { anIntent, aResult, aTool, aView } from './run-views.ts';

const interim = { interim: aResult({ text: 'So far.' }), interimCount: 1 };
const inBackground = { background: [{ id: 'b', description: 'the build' }] };
const dead = { isMainAlive: false, isAnyAlive: false };
const orphaned = { isMainAlive: false, isAnyAlive: true };
const exit = { code: 1, signal: null };
const limits = (fields: Partial<RunView['limits']>) => ({
  limits: { silenceMs: 100, wallMs: null, backgroundMs: 50, lingerMs: 20, ...fields },
});

type Case = [string, Parameters<typeof aView>[0], object];

describe('a run whose outcome is open', () => {
  it.each<Case>([
    ['waits until it would count as stuck', { now: 10, lastOutputAt: 5 }, { do: 'wait', until: 105 }],
    ['is not stuck just before', { now: 99 }, { do: 'wait', until: 100 }],
    ['is stuck after silence', { now: 100 }, { do: 'intend', intent: { kind: 'timeout', reason: 'timeout' } }],
    ['is not stuck while a tool is at work', { now: 900, state: { tools: [aTool] } }, { do: 'wait', until: null }],
    ['is not stuck while its background is', { now: 900, state: inBackground }, { do: 'wait', until: null }],
    ['waits for the nearer of its clocks', { now: 10, ...limits({ wallMs: 40 }) }, { do: 'wait', until: 40 }],
    [
      'is over its wall clock, tool at work or not',
      { now: 40, state: { tools: [aTool] }, ...limits({ wallMs: 40 }) },
      { do: 'intend', intent: { kind: 'timeout' } },
    ],
    ['has a result', { state: { final: aResult() } }, { do: 'conclude', by: 'result', note: null }],
    [
      'has a result, although time is over',
      { now: 900, state: { final: aResult() }, ...limits({ wallMs: 40 }) },
      { do: 'conclude', by: 'result', note: null },
    ],
    ['has a result, and is dead', { ...dead, exit, state: { final: aResult() } }, { do: 'conclude', by: 'result' }],
    ['has an interim result that nobody was told', { state: { ...interim, ...inBackground } }, { do: 'tell-interim' }],
    [
      'has told it and waits for the background',
      { now: 10, interimAt: 5, interimTold: 1, state: { ...interim, ...inBackground } },
      { do: 'wait', until: 55 },
    ],
    [
      'has told it, and the background took too long',
      { now: 55, interimAt: 5, interimTold: 1, state: { ...interim, ...inBackground } },
      { do: 'conclude', by: 'interim', note: 'background_ended' },
    ],
    [
      'has told it, and a later one came',
      { now: 10, interimAt: 5, interimTold: 1, state: { ...interim, interimCount: 2, ...inBackground } },
      { do: 'tell-interim' },
    ],
  ])('%s', (_case, view, step) => expect(judgeRun(aView(view))).toMatchObject(step));

  it('says what it exceeded, in seconds', () => {
    const stuck = judgeRun(aView({ now: 600_000, ...limits({ silenceMs: 600_000 }) }));
    expect(stuck).toMatchObject({
      intent: { detail: 'It gave no sign of life for 600 s, and no tool was at work.' },
    });
    const long = judgeRun(aView({ now: 90_000, lastOutputAt: 90_000, ...limits({ wallMs: 90_000 }) }));
    expect(long).toMatchObject({ intent: { detail: 'It ran longer than 90 s, its limit.' } });
  });
});

describe('a run whose process is dead', () => {
  it.each<Case>([
    ['without a word, seen by us', { ...dead, exit }, { do: 'conclude', by: 'exit', note: null }],
    ['without a word, seen by nobody', dead, { do: 'conclude', by: 'lost', note: null }],
    ['while its tools live on', { ...orphaned, exit }, { do: 'conclude', by: 'exit', note: null }],
    [
      'while it had something in the background',
      { ...dead, exit, interimTold: 1, state: { ...interim, ...inBackground } },
      { do: 'conclude', by: 'interim', note: 'background_ended' },
    ],
    [
      'after its background had ended',
      { ...dead, exit, state: interim },
      { do: 'conclude', by: 'interim', note: null },
    ],
    ['after a result that says nothing', { ...dead, state: { empty: aResult() } }, { do: 'conclude', by: 'empty' }],
    [
      'after one that says something and one that says nothing',
      { ...dead, state: { ...interim, empty: aResult() } },
      { do: 'conclude', by: 'interim' },
    ],
  ])('%s', (_case, view, step) => expect(judgeRun(aView(view))).toMatchObject(step));
});

describe('an intent', () => {
  const intent = anIntent();
  it.each<Case>([
    ['ends the agent first', { intent }, { do: 'end' }],
    [
      'decides the outcome as soon as the agent has a result, whatever it says',
      { intent, state: { final: aResult() } },
      { do: 'conclude', by: 'intent' },
    ],
    [
      'decides the outcome once the agent is dead, whatever it said',
      { intent, ...dead, exit, state: { final: aResult() } },
      { do: 'conclude', by: 'intent', note: null },
    ],
    ['decides it while tools live on', { intent, ...orphaned }, { do: 'conclude', by: 'intent' }],
    ['comes before interim results', { intent, state: { ...interim, ...inBackground } }, { do: 'end' }],
  ])('%s', (_case, view, step) => expect(judgeRun(aView(view))).toMatchObject(step));
});

describe('a run whose outcome is settled', () => {
  const settled = { concludedAt: 10, state: { final: aResult() } };
  it.each<Case>([
    ['may leave by itself for a while', { ...settled, now: 29 }, { do: 'wait', until: 30 }],
    ['is ended when it does not', { ...settled, now: 30 }, { do: 'end' }],
    ['is ended where only its tools are left', { ...settled, ...orphaned, now: 11 }, { do: 'end' }],
    ['is ended at once where that was asked for', { ...settled, now: 11, intent: anIntent() }, { do: 'end' }],
    ['is ended at once where its background was overdue', { concludedAt: 10, now: 11, state: interim }, { do: 'end' }],
    ['is closed when nothing is left', { ...settled, ...dead, now: 11 }, { do: 'close' }],
    ['is closed when nothing is left of an intent', { concludedAt: 10, ...dead, intent: anIntent() }, { do: 'close' }],
  ])('%s', (_case, view, step) => expect(judgeRun(aView(view))).toMatchObject(step));
});

describe('a run that waits for a person', () => {
  it.each<Case>([
    [
      'runs no clock',
      { now: 900, waits: [{ from: 50, to: null }], ...limits({ wallMs: 40 }) },
      { do: 'wait', until: null },
    ],
    ['counts silence from the answer', { now: 900, waits: [{ from: 50, to: 850 }] }, { do: 'wait', until: 950 }],
    [
      'gets the time back on the wall clock',
      { now: 900, waits: [{ from: 50, to: 850 }], ...limits({ wallMs: 190, silenceMs: 10_000 }) },
      { do: 'wait', until: 990 },
    ],
    [
      'gets the time back for its background',
      {
        now: 300,
        interimAt: 10,
        interimTold: 1,
        waits: [{ from: 20, to: 270 }],
        state: { ...interim, ...inBackground },
      },
      { do: 'wait', until: 310 },
    ],
    ['is ended when that is asked for', { waits: [{ from: 0, to: null }], intent: anIntent() }, { do: 'end' }],
  ])('%s', (_case, view, step) => expect(judgeRun(aView(view))).toMatchObject(step));
});

it('a wait always ends in the future, so that nobody turns in circles', () => {
  const instant = fc.integer({ min: 0, max: 300 });
  const anyView = fc.record({
    now: instant,
    lastOutputAt: instant,
    interimAt: fc.option(instant),
    concludedAt: fc.option(instant),
    isMainAlive: fc.boolean(),
    isAnyAlive: fc.boolean(),
    limits: fc.record({
      silenceMs: fc.integer({ min: 1, max: 100 }),
      wallMs: fc.option(fc.integer({ min: 1, max: 200 })),
      backgroundMs: fc.integer({ min: 1, max: 100 }),
      lingerMs: fc.integer({ min: 1, max: 100 }),
    }),
    state: fc.constantFrom({}, interim, inBackground, { ...interim, ...inBackground }, { tools: [aTool] }),
    interimTold: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(anyView, (view) => {
      const step = judgeRun(aView(view));
      expect(step.do === 'wait' && step.until !== null && step.until <= view.now).toBe(false);
    }),
    { numRuns: 500 },
  );
});
