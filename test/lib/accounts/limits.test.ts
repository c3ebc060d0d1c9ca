// What refusals mean for an account, by a table; and that no clock, however wrong, keeps an account out for good.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountState,
  anyFamily,
  clearPassed,
  isAvailable,
  limitedFamilies,
  longestWallMs,
  modelFamilyOf,
  newState,
  noteLimit,
  noteSuccess,
  type Refusal,
  unavailabilityOf,
} from '../../../src/lib/accounts/limits.ts';

const now = Date.parse('2026-11-20T06:00:00Z');
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const refusal = (fields: Partial<Refusal>): Refusal => ({
  kind: 'wall',
  modelFamily: null,
  window: null,
  resetsAt: null,
  now,
  ...fields,
});
const active = (state: AccountState) => ({ active: true, state });
/** For how long, from now on, the account is out for these models; 0 where it is not. */
function outFor(state: AccountState, modelFamily: string | null = null, at = now): number {
  const found = unavailabilityOf(active(state), { modelFamily, now: at });
  return found?.why === 'limited' ? found.until - at : found ? Number.POSITIVE_INFINITY : 0;
}

describe('a refusal', () => {
  it.each([
    ['of an overloaded service changes nothing', { kind: 'overloaded', resetsAt: now + hour }, 0],
    ['of a burst lasts for seconds', { kind: 'burst' }, 15 * second],
    ['of a burst lasts as long as the service says', { kind: 'burst', resetsAt: now + 40 * second }, 40 * second],
    ['of a burst lasts for five minutes at most', { kind: 'burst', resetsAt: now + 2 * hour }, 5 * minute],
    ['of a burst that is over lasts for a second', { kind: 'burst', resetsAt: now - hour }, second],
    ['of a wall lasts until its reset', { resetsAt: now + 5 * hour }, 5 * hour],
    ['of a wall without a reset lasts for an hour', {}, hour],
    ['of a wall whose reset is no number lasts for an hour', { resetsAt: Number.NaN }, hour],
    ['of a wall that was reset in the past lasts for a minute', { resetsAt: now - 3 * day }, minute],
    ['of a wall that is reset in ten years lasts for eight days', { resetsAt: now + 3650 * day }, 8 * day],
  ] as [string, Partial<Refusal>, number][])('%s', (_case, fields, ms) => {
    expect(outFor(noteLimit(newState, refusal(fields)))).toBe(ms);
  });

  it('of the credentials is forgiven once, and counts no more after a success', () => {
    const auth = refusal({ kind: 'auth' });
    const once = noteLimit(newState, auth);
    expect([once.auth_failures, isAvailable(active(once), { modelFamily: null, now })]).toEqual([1, true]);
    const twice = noteLimit(once, { ...auth, now: now + minute });
    expect(unavailabilityOf(active(twice), { modelFamily: null, now })).toEqual({ why: 'refused' });
    expect(twice.refused_at).toBe('2026-11-20T06:01:00.000Z');
    const between = noteLimit(noteSuccess(once, 'opus'), auth);
    expect([between.auth_failures, between.refused_at]).toEqual([1, null]);
  });

  it('is of its models alone, and of its window', () => {
    const opus = noteLimit(
      newState,
      refusal({ modelFamily: 'opus', window: 'seven_day_opus', resetsAt: now + 3 * day }),
    );
    expect([outFor(opus, 'opus'), outFor(opus, 'sonnet'), outFor(opus)]).toEqual([3 * day, 0, 0]);
    const both = noteLimit(opus, refusal({ window: 'five_hour', resetsAt: now + hour }));
    expect(both.limits.map(({ model_family, window }) => [model_family, window])).toEqual([
      ['opus', 'seven_day_opus'],
      [anyFamily, 'five_hour'],
    ]);
    expect([outFor(both, 'opus'), outFor(both, 'sonnet')]).toEqual([3 * day, hour]);
    expect(outFor(both, 'sonnet', now + hour)).toBe(0);
  });

  it.each([
    ['five_hour', 'sonnet', [anyFamily]],
    ['seven_day', 'opus', [anyFamily]],
    ['overage', null, [anyFamily]],
    ['seven_day_opus', 'opus', ['opus']],
    ['seven_day_sonnet', null, ['sonnet']],
    ['seven_day_overage_included', 'fable', ['fable']],
    // The run itself must not come back to it, whatever its model is called.
    ['seven_day_opus', 'default', ['opus', 'default']],
    ['seven_day_opus', 'sonnet', ['opus', 'sonnet']],
    // What is not known says nothing of models.
    ['seven_day_oauth_apps', 'opus', ['opus']],
    ['seven_day_oauth_apps', null, [anyFamily]],
    [null, 'opus', ['opus']],
    [null, null, [anyFamily]],
  ] as [string | null, string | null, string[]][])(
    'of the window %s, met with %s, is of %j',
    (window, modelFamily, families) => {
      const state = noteLimit(newState, refusal({ window, modelFamily, resetsAt: now + day }));
      expect(state.limits.map(({ model_family }) => model_family)).toEqual(families);
      expect(new Set(state.limits.map((limit) => limit.window))).toEqual(new Set([window ?? 'unknown']));
      expect(state.unproven).toEqual(families);
    },
  );

  it('met again while it lasts is the same limit, with its latest end', () => {
    const first = noteLimit(newState, refusal({ resetsAt: now + hour }));
    const again = noteLimit(first, refusal({ resetsAt: now + 2 * hour, now: now + minute }));
    expect(again.limits).toEqual([{ ...first.limits[0], until: '2026-11-20T08:00:00.000Z' }]);
    const after = noteLimit(first, refusal({ resetsAt: now + 9 * hour, now: now + 8 * hour }));
    expect(after.limits[0]?.since).toBe('2026-11-20T14:00:00.000Z');
  });
});

describe('limits', () => {
  it('are shown once for all models, or by family, with the latest end of each', () => {
    const at = (family: string | null, window: string, ms: number) =>
      refusal({ modelFamily: family, window, resetsAt: now + ms });
    const events = [at('opus', 'x', hour), at('opus', 'seven_day_opus', day), at('sonnet', 'y', 2 * hour)];
    const some = events.reduce(noteLimit, newState);
    expect(limitedFamilies(some.limits)).toEqual([
      { family: 'opus', until: '2026-11-21T06:00:00.000Z' },
      { family: 'sonnet', until: '2026-11-20T08:00:00.000Z' },
    ]);
    const all = [at(null, 'five_hour', hour), at(null, 'seven_day', 3 * hour)].reduce(noteLimit, some);
    expect(limitedFamilies(all.limits)).toEqual([{ family: anyFamily, until: '2026-11-20T09:00:00.000Z' }]);
  });

  it('are cleared when they have passed', () => {
    const state = noteLimit(noteLimit(newState, refusal({})), refusal({ window: 'x', resetsAt: now + 2 * hour }));
    expect(clearPassed(state, now + hour - 1)).toBe(state);
    expect(clearPassed(state, now + hour).limits).toHaveLength(1);
    expect(clearPassed(state, now + 2 * hour).limits).toEqual([]);
  });

  it('hold while the clock is set back an hour, and no longer than they were to', () => {
    const state = noteLimit(newState, refusal({ resetsAt: now + hour }));
    expect(outFor(state, null, now - hour)).toBe(2 * hour);
  });

  it.each([
    ['a clock that was years ahead', '2036-01-01T00:00:00Z', '2036-01-02T00:00:00Z', 0],
    ['a hand that wrote ten years', '2026-11-20T05:00:00Z', '2036-01-02T00:00:00Z', longestWallMs - hour],
    ['a hand that wrote no instant', 'yesterday', 'never', 0],
  ])('written by %s do not keep an account out for good', (_case, since, until, ms) => {
    const state = { ...newState, limits: [{ model_family: anyFamily, window: 'w', since, until }] };
    expect(outFor(state)).toBe(ms);
  });

  it('end within eight days of the last refusal, whatever came before and whatever clocks did', () => {
    const kinds = fc.constantFrom('burst', 'wall', 'overloaded') as fc.Arbitrary<Refusal['kind']>;
    const jump = fc.integer({ min: -2 * hour, max: 12 * hour });
    const resets = fc.option(fc.integer({ min: -4000 * day, max: 4000 * day }), { nil: null });
    const window = fc.constantFrom(null, 'five_hour', 'seven_day', 'seven_day_opus');
    const family = fc.constantFrom(null, 'opus', 'sonnet');
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, jump, resets, window, family), { maxLength: 30 }), (events) => {
        let [state, at, latest] = [newState, now, now];
        for (const [kind, ms, offset, windowName, modelFamily] of events) {
          at += ms;
          latest = Math.max(latest, at);
          const resetsAt = offset === null ? null : at + offset;
          state = noteLimit(state, { kind, modelFamily, window: windowName, resetsAt, now: at });
          // One entry for each kind of limit, and none that is over.
          const keys = state.limits.map((limit) => `${limit.model_family} ${limit.window}`);
          expect(new Set(keys).size).toBe(keys.length);
          expect(clearPassed(state, at)).toBe(state);
        }
        const end = latest + longestWallMs;
        for (const modelFamily of [null, 'opus', 'sonnet', 'haiku']) {
          expect(isAvailable(active(state), { modelFamily, now: end })).toBe(true);
        }
      }),
    );
  });
});

it.each([
  [null, 'default'],
  ['', 'default'],
  ['opus', 'opus'],
  ['claude-opus-4-8[1m]', 'opus'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'sonnet'],
  ['gpt-5.2-codex', 'codex'],
  ['Qwen3-Coder-Plus', 'qwen3-coder-plus'],
])('the model %s is of the family %s', (model, family) => expect(modelFamilyOf(model)).toBe(family));
