// What a run came to, from an intent, a result or the way its process ended.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConcludeRequest, concludeRun } from '../../../src/lib/runs/conclude.ts';
import { excerptBytes } from '../../../src/lib/tasks/record.ts';
import { anIntent, aResult, aState } from './run-views.ts';

const request = (fields: Partial<ConcludeRequest>): ConcludeRequest => ({
  verdict: 'result',
  note: null,
  state: aState(),
  intent: null,
  exit: null,
  exitResult: null,
  agentName: 'claude',
  workdir: '/w',
  costBefore: 0,
  stderrTail: '',
  elapsedMs: 4000,
  ...fields,
});
/** Outcome, reason and text. */
function tell(fields: Partial<ConcludeRequest>): [string, string | null, string] {
  const { conclusion, text } = concludeRun(request(fields));
  return [conclusion.outcome, conclusion.reason, text];
}
const final = (fields: Parameters<typeof aResult>[0]) => ({ state: aState({ final: aResult(fields) }) });

describe('a result', () => {
  it.each([
    ['that is good', { text: 'Done.' }, ['completed', null, 'Done.']],
    ['that is an error', { isError: true, reason: 'limit', text: 'API Error' }, ['failed', 'limit', 'API Error']],
    ['that is an error of no known kind', { isError: true, reason: null, text: '' }, ['failed', 'agent', '']],
  ] as const)('%s', (_kind, result, told) => expect(tell(final(result))).toEqual(told));

  it('that was interim, or says nothing, stands where the judge says so', () => {
    const state = aState({ interim: aResult({ text: 'So far.' }), empty: aResult({ text: '' }) });
    expect(tell({ verdict: 'interim', state })).toEqual(['completed', null, 'So far.']);
    expect(tell({ verdict: 'empty', state })).toEqual(['completed', null, '']);
    expect(concludeRun(request({ verdict: 'interim', state, note: 'background_ended' })).conclusion.note).toBe(
      'background_ended',
    );
  });
});

describe('an intent', () => {
  const state = aState({ final: aResult(), interim: aResult({ text: 'So far.' }) });
  it.each([
    ['to cancel', anIntent({ detail: 'Ada asked for it.' }), ['cancelled', 'user', 'Ada asked for it.\n\nSo far.']],
    ['to cancel, without a word', anIntent(), ['cancelled', 'user', 'So far.']],
    ['to pause', anIntent({ kind: 'pause', reason: 'limit' }), ['paused', 'limit', 'So far.']],
    [
      'of the clock',
      anIntent({ kind: 'timeout', reason: 'x', detail: 'Too long.' }),
      ['failed', 'timeout', 'Too long.\n\nSo far.'],
    ],
    ['that is not there any more', null, ['cancelled', 'user', 'So far.']],
  ])('%s', (_kind, intent, told) => expect(tell({ verdict: 'intent', intent, state })).toEqual(told));
});

describe('an exit', () => {
  const exit = { code: 3, signal: null };
  it.each([
    ['without a result', { exit }, 'claude ended with exit code 3 and gave no result.'],
    ['by a signal', { exit: { code: null, signal: 'SIGKILL' } }, 'claude was ended by SIGKILL and gave no result.'],
    [
      'with words on standard error',
      { exit, stderrTail: ' oh no\n' },
      'claude ended with exit code 3 and gave no result.\n\noh no',
    ],
    [
      'of a custom agent that failed',
      { exit, exitResult: aResult({ isError: true, text: 'half' }), stderrTail: 'oh no' },
      'claude ended with exit code 3.\n\nhalf\n\noh no',
    ],
  ] as const)('%s', (_kind, fields, text) =>
    expect(tell({ verdict: 'exit', ...fields })).toEqual(['failed', 'agent', text]),
  );

  it('of a custom agent that answered', () => {
    const fields = { exit: { code: 0, signal: null }, exitResult: aResult({ text: 'The answer.' }) };
    expect(tell({ verdict: 'exit', ...fields })).toEqual(['completed', null, 'The answer.']);
  });

  it('that nobody saw is a loss, with all that there is', () => {
    const fields = { exitResult: aResult({ isError: true, text: 'half' }), stderrTail: 'oh no' };
    const [outcome, reason, text] = tell({ verdict: 'lost', ...fields });
    expect([outcome, reason]).toEqual(['failed', 'lost']);
    expect(text).toBe('claude ended while nobody watched it, and left no result.\n\nhalf\n\noh no');
  });
});

describe('figures', () => {
  const figures = (fields: Partial<ConcludeRequest>) => concludeRun(request({ ...final({}), ...fields })).conclusion;

  it.each([
    [0.5, 0.2, 0.3],
    [0.1 + 0.2, 0.1, 0.2],
    [0.2, 0.5, 0],
    [null, 0.5, null],
  ])('a conversation of %s dollars that had cost %s before cost %s', (totalCostUsd, costBefore, cost) => {
    const state = aState({ final: aResult(), totalCostUsd });
    expect(figures({ state, costBefore }).cost_usd).toBe(cost);
  });

  it('come from the results, else from what was counted on the way, else are unknown', () => {
    const tokens = { input: 7, output: 3 };
    const resultUsage = { input_tokens: 1, output_tokens: 2 };
    const withState = (fields: object) => figures({ state: aState({ final: aResult(), ...fields }) });
    expect(withState({ tokens, resultUsage, resultDurationMs: 50 })).toMatchObject({
      usage: resultUsage,
      duration_ms: 50,
    });
    expect(withState({ tokens })).toMatchObject({ usage: { input_tokens: 7, output_tokens: 3 }, duration_ms: 4000 });
    expect(withState({}).usage).toBe(null);
  });

  it('name the files that changed, as people want to read them', () => {
    const writes = ['/w/a.txt', '/w/deep/b.txt', '/elsewhere/c', ...Array.from({ length: 300 }, (_, n) => `/w/${n}`)];
    const { changed_files } = figures({ state: aState({ final: aResult(), writes }) });
    expect(changed_files.slice(0, 3)).toEqual(['a.txt', 'deep/b.txt', '/elsewhere/c']);
    expect(changed_files).toHaveLength(200);
  });
});

describe('the text', () => {
  it('is whole, and its excerpt ends between characters', () => {
    const long = `${'計'.repeat(3000)}`;
    const { text, conclusion } = concludeRun(request(final({ text: long })));
    expect(text).toBe(long);
    expect(conclusion.result).toBe('計'.repeat(Math.floor(excerptBytes / 3)));
  });

  it('never holds what would steer a terminal or hide something', () => {
    expect(tell(final({ text: 'a\u001b[2J\u202eb\r\nc' }))[2]).toBe('a[2Jb\nc');
  });

  it('fits into the record, whatever the agent says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '計', '😀', '👩‍👩‍👧'), minLength: 500, maxLength: 5000 }),
        (text) => {
          const { conclusion, text: whole } = concludeRun(request(final({ text })));
          expect(Buffer.byteLength(conclusion.result ?? '')).toBeLessThanOrEqual(excerptBytes);
          expect(whole.startsWith(conclusion.result ?? '?')).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

it('is the same whoever draws it, and how often', () => {
  const asked = request({ ...final({ text: 'x' }), costBefore: 0.1, note: 'n' });
  expect(concludeRun(asked)).toEqual(concludeRun(structuredClone(asked)));
});
