// A run is a fold over its events: read in whatever pieces, it comes to the same state.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent, AgentResult } from '../../../src/lib/agents/agent.ts';
import { parseClaudeLine } from '../../../src/lib/agents/claude/parse.ts';
import { foldEvent, foldEvents, newRunState, type RunState } from '../../../src/lib/runs/fold.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'claude');
const runs = readdirSync(fixtures).filter((name) => name.endsWith('.jsonl'));
const eventsOf = (name: string) => readFileSync(join(fixtures, name), 'utf8').split('\n').flatMap(parseClaudeLine);

function aResult(fields: Partial<AgentResult> = {}): AgentResult {
  return {
    isError: false,
    reason: null,
    text: 'Done.',
    totalCostUsd: null,
    usage: null,
    durationMs: null,
    conversation: null,
    ...fields,
  };
}
const finished = (fields: Partial<AgentResult> = {}): AgentEvent => ({ type: 'finished', result: aResult(fields) });
const background = (...ids: string[]): AgentEvent => ({
  type: 'background',
  tasks: ids.map((id) => ({ id, description: `what ${id} does` })),
});
const tool = (id: string, writes: string | null = null): AgentEvent => ({
  type: 'tool',
  id,
  name: 'Write',
  target: writes,
  writes,
});
const toolEnded = (id: string, isError = false): AgentEvent => ({ type: 'tool-ended', id, isError });
const fold = (...events: AgentEvent[]) => foldEvents(newRunState, events);

describe('what the real agent printed comes to', () => {
  it.each(runs.map((name) => [name.replace('.jsonl', '')]))('%s', async (name) => {
    const state = foldEvents(newRunState, eventsOf(`${name}.jsonl`));
    await expect(`${JSON.stringify(state, null, 1)}\n`).toMatchFileSnapshot(join(fixtures, `${name}.state.json`));
  });
});

const anyEvent: fc.Arbitrary<AgentEvent> = fc.oneof(
  fc.constantFrom<AgentEvent>(
    ...runs.flatMap(eventsOf),
    { type: 'started', conversation: '', model: null },
    tool('a', '/w/x'),
    tool('b'),
    toolEnded('a'),
    toolEnded('b', true),
    background(),
    background('1', '2'),
  ),
  fc.record({
    type: fc.constant('usage' as const),
    input: fc.nat(),
    output: fc.nat(),
    cacheRead: fc.nat(),
    cacheWrite: fc.nat(),
  }),
  fc.tuple(fc.constantFrom('', ' ', 'text'), fc.boolean()).map(([text, isError]) => finished({ text, isError })),
);

describe('for any events', () => {
  it('folding in pieces comes to the same as folding at once', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 25 }), fc.nat({ max: 25 }), (events, cut) => {
        const atOnce = foldEvents(newRunState, events);
        const half = foldEvents(newRunState, events.slice(0, cut));
        expect(foldEvents(half, events.slice(cut))).toEqual(atOnce);
        expect(events.reduce<RunState>(foldEvent, newRunState)).toEqual(atOnce);
      }),
    );
  });

  it('a state never changes once it is there', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 10 }), anyEvent, (events, event) => {
        const state = foldEvents(newRunState, events);
        const before = structuredClone(state);
        foldEvent(state, event);
        expect(state).toEqual(before);
      }),
    );
  });
});

describe('results', () => {
  it('with nothing behind them are the outcome; the last one counts', () => {
    const state = fold(finished({ text: 'One.' }), finished({ text: 'Two.' }));
    expect([state.final?.text, state.interim, state.interimCount]).toEqual(['Two.', null, 0]);
  });

  it('with something in the background are interim, and counted', () => {
    const state = fold(background('1'), finished({ text: 'One.' }), finished({ text: 'Two.' }));
    expect([state.final, state.interim?.text, state.interimCount]).toEqual([null, 'Two.', 2]);
    expect(fold(background('1'), finished({ text: 'One.' }), background()).final).toBe(null);
    const last = foldEvents(state, [background(), finished({ text: 'Three.' })]);
    expect([last.final?.text, last.interimCount]).toEqual(['Three.', 2]);
  });

  it('that say nothing are the outcome of nothing, unless they are errors', () => {
    const state = fold(finished({ text: 'One.' }), finished({ text: ' \n' }));
    expect([state.final?.text, state.empty?.text]).toEqual(['One.', ' \n']);
    expect(fold(finished({ text: '' })).final).toBe(null);
    expect(fold(finished({ text: '', isError: true })).final).toMatchObject({ isError: true });
  });

  it('add up in tokens and time; cost and conversation are the latest that are known', () => {
    const usage = { input_tokens: 10, output_tokens: 1 };
    const first = { usage, durationMs: 100, totalCostUsd: 0.5, conversation: 'c1' };
    const state = fold(finished(first), finished(), finished({ usage, durationMs: 50, totalCostUsd: 0.7 }));
    expect(state).toMatchObject({
      resultUsage: { input_tokens: 20, output_tokens: 2 },
      resultDurationMs: 150,
      totalCostUsd: 0.7,
      conversation: 'c1',
    });
    expect(fold(finished())).toMatchObject({ resultUsage: null, resultDurationMs: null, totalCostUsd: null });
  });

  it('end what was at work', () => {
    const limit: AgentEvent = { type: 'limit', status: 529, attempt: 1, resetsAt: null, isWall: false };
    expect(fold(tool('a'), limit)).toMatchObject({ retryStatus: 529, tools: [{ id: 'a' }] });
    expect(fold(tool('a'), limit, finished())).toMatchObject({ retryStatus: null, tools: [] });
    expect(fold(limit, { type: 'text', text: 'on' }).retryStatus).toBe(null);
  });
});

it('a refusal keeps what was told of it before, up to the result', () => {
  const told: AgentEvent = {
    type: 'limit',
    status: 429,
    attempt: null,
    resetsAt: 'T',
    isWall: true,
    window: 'seven_day_opus',
  };
  const retry: AgentEvent = { type: 'limit', status: 429, attempt: 1, resetsAt: null, isWall: false };
  const known = { status: 429, attempt: 1, resetsAt: 'T', isWall: true, window: 'seven_day_opus' };
  expect(fold(told, retry).refused).toMatchObject({ ...known, isFinal: false });
  expect(fold(told, retry, finished({ isError: true, reason: 'limit' })).refused).toMatchObject({
    ...known,
    isFinal: true,
  });
  expect(fold(retry).refused).toMatchObject({ window: null });
});

describe('tools', () => {
  it('are at work until they end', () => {
    expect(fold(tool('a'), tool('b'), toolEnded('a'), toolEnded('unknown')).tools.map(({ id }) => id)).toEqual(['b']);
  });

  it('leave the files they wrote, each once, where they did not fail', () => {
    const events = [tool('1', '/w/a'), toolEnded('1'), tool('2', '/w/b'), toolEnded('2', true), tool('3', '/w/a')];
    expect(fold(...events, toolEnded('3'), tool('4', '/w/c')).writes).toEqual(['/w/a']);
  });
});

it('tokens count what was read from and written to the cache as input', () => {
  const usage: AgentEvent = { type: 'usage', input: 1, output: 5, cacheRead: 20, cacheWrite: 300 };
  expect(fold(usage, usage).tokens).toEqual({ input: 642, output: 10 });
});
