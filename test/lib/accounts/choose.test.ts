// Which account a run works with: by a table of cases, and by what must hold in every case.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, chooseAccount, type Wish } from '../../../src/lib/accounts/choose.ts';
import { anyFamily, isAvailable, newState } from '../../../src/lib/accounts/limits.ts';

const now = Date.parse('2026-11-20T06:00:00Z');
const hour = 3_600_000;
const at = (ms: number) => new Date(now + ms).toISOString();

type Fields = Partial<Omit<Candidate, 'state'>> & {
  used?: string | null;
  /** When a limit of all models ends. */
  limited?: string;
  opusLimited?: string;
  refused?: boolean;
  /** Families of which one run is to find out whether they are free again. */
  unproven?: string[];
};

function candidate(
  name: string,
  { used = null, limited, opusLimited, refused = false, unproven = [], ...fields }: Fields = {},
): Candidate {
  const limit = (model_family: string, until: string) => ({ model_family, window: 'w', since: at(-hour), until });
  const limits = [
    ...(limited ? [limit(anyFamily, limited)] : []),
    ...(opusLimited ? [limit('opus', opusLimited)] : []),
  ];
  return {
    name,
    agent: 'claude',
    active: true,
    priority: 5,
    group: null,
    max_runs: null,
    ...fields,
    state: { ...newState, last_used_at: used, limits, refused_at: refused ? at(-hour) : null, unproven },
  };
}

function choose(accounts: Candidate[], wish: Partial<Wish> = {}) {
  const whole = { agent: 'claude', modelFamily: null, group: null, current: null, now, running: new Map(), ...wish };
  return chooseAccount(accounts, whole);
}

describe('the choice', () => {
  it.each([
    ['the highest priority', [candidate('a'), candidate('b', { priority: 9, used: at(-1) })], {}, 'b'],
    ['who was not used for longest', [candidate('a', { used: at(-1) }), candidate('b', { used: at(-2) })], {}, 'b'],
    ['who was never used', [candidate('a', { used: at(-9 * hour) }), candidate('b')], {}, 'b'],
    ['the first name where all else is equal', [candidate('b'), candidate('a')], {}, 'a'],
    ['the account of the conversation', [candidate('a'), candidate('b', { priority: 9 })], { current: 'a' }, 'a'],
    ['another than one that is limited', [candidate('a', { limited: at(1) }), candidate('b')], { current: 'a' }, 'b'],
    ['one whose limit has passed', [candidate('a', { limited: at(0), priority: 9 }), candidate('b')], {}, 'a'],
    [
      'one that is limited for other models',
      [candidate('a', { opusLimited: at(hour) })],
      { modelFamily: 'sonnet' },
      'a',
    ],
    ['one whose own model is not limited', [candidate('a', { opusLimited: at(hour), model: 'sonnet' })], {}, 'a'],
    [
      'one that may be at an unproven wall, but of other models',
      [candidate('a', { unproven: ['opus'] })],
      { modelFamily: 'sonnet', running: new Map([['a', 4]]) },
      'a',
    ],
    [
      'one at which no other run finds out about these models',
      [candidate('a', { unproven: ['opus'] })],
      { modelFamily: 'opus', running: new Map([['a', 4]]), runningAlike: new Map() },
      'a',
    ],
    ['one of the group', [candidate('a', { priority: 9 }), candidate('b', { group: 'team' })], { group: 'team' }, 'b'],
    ['any group without a restriction', [candidate('a', { group: 'team', priority: 9 }), candidate('b')], {}, 'a'],
    ['one of the agent', [candidate('a', { agent: 'codex', priority: 9 }), candidate('b')], {}, 'b'],
    [
      'one with a run to spare',
      [candidate('a', { priority: 9, max_runs: 1 }), candidate('b')],
      { running: new Map([['a', 1]]) },
      'b',
    ],
    [
      'who was used longest ago although the clock was set back since',
      [candidate('a', { used: at(hour) }), candidate('b', { used: at(-1) })],
      {},
      'a',
    ],
    ['another than one that was removed', [candidate('b')], { current: 'gone' }, 'b'],
    [
      'another than one that was switched off',
      [candidate('a', { active: false }), candidate('b')],
      { current: 'a' },
      'b',
    ],
  ] as [string, Candidate[], Partial<Wish>, string][])('is %s', (_case, accounts, wish, name) => {
    expect(choose(accounts, wish)).toEqual({ account: name });
  });

  it.each([
    ['there is none', [], {}, 'none', null],
    ['all are switched off', [candidate('a', { active: false })], {}, 'none', null],
    ['none is of the group', [candidate('a')], { group: 'team' }, 'none', null],
    ['all are refused', [candidate('a', { refused: true }), candidate('b', { active: false })], {}, 'refused', null],
    [
      'all are limited, and names the first reset',
      [
        candidate('a', { limited: at(2 * hour) }),
        candidate('b', { limited: at(hour) }),
        candidate('c', { refused: true }),
      ],
      {},
      'limited',
      now + hour,
    ],
    [
      'an account is limited twice, and names the later of its ends',
      [candidate('a', { limited: at(hour), opusLimited: at(3 * hour) })],
      { modelFamily: 'opus' },
      'limited',
      now + 3 * hour,
    ],
    [
      'those that are free have as many runs as they may',
      [candidate('a', { max_runs: 2 }), candidate('b', { limited: at(hour) })],
      { running: new Map([['a', 2]]) },
      'busy',
      now + hour,
    ],
    [
      'its own model is limited',
      [candidate('a', { opusLimited: at(hour), model: 'claude-opus-4-8' })],
      {},
      'limited',
      now + hour,
    ],
    [
      'another run finds out whether these models are free again',
      [candidate('a', { unproven: ['opus'], model: 'opus' })],
      { running: new Map([['a', 1]]) },
      'busy',
      null,
    ],
    [
      'another run finds out whether any is free again',
      [candidate('a', { unproven: [anyFamily] })],
      { modelFamily: 'sonnet', running: new Map([['a', 1]]), runningAlike: new Map() },
      'busy',
      null,
    ],
    [
      'the account of the conversation has as many runs as it may',
      [candidate('a', { max_runs: 1 }), candidate('b')],
      { current: 'a', running: new Map([['a', 1]]) },
      'busy',
      null,
    ],
  ] as [string, Candidate[], Partial<Wish>, string, number | null][])(
    'is nobody where %s',
    (_case, accounts, wish, why, until) => {
      expect(choose(accounts, wish)).toEqual({ account: null, why, until });
    },
  );
});

describe('whatever the accounts', () => {
  const instant = fc.option(
    fc.integer({ min: -5, max: 5 }).map((n) => at(n * hour)),
    { nil: undefined },
  );
  const accounts = fc
    .array(
      fc.record({
        agent: fc.constantFrom('claude', 'codex'),
        active: fc.boolean(),
        priority: fc.integer({ min: 0, max: 3 }),
        group: fc.constantFrom(null, 'team'),
        max_runs: fc.constantFrom(null, 1, 2),
        used: instant,
        limited: instant,
        opusLimited: instant,
        refused: fc.boolean(),
      }),
      { maxLength: 6 },
    )
    .map((all) =>
      all.map(({ used, limited, opusLimited, ...fields }, index) =>
        candidate(`n${index}`, {
          ...fields,
          used: used ?? null,
          ...(limited ? { limited } : {}),
          ...(opusLimited ? { opusLimited } : {}),
        }),
      ),
    );
  const wishes = fc.record({
    modelFamily: fc.constantFrom(null, 'opus', 'sonnet'),
    group: fc.constantFrom(null, 'team'),
    current: fc.constantFrom(null, 'n0', 'n1', 'gone'),
    running: fc
      .array(fc.tuple(fc.constantFrom('n0', 'n1', 'n2'), fc.integer({ min: 0, max: 3 })))
      .map((pairs) => new Map(pairs)),
  });
  const isFree = (one: Candidate, wish: Pick<Wish, 'modelFamily' | 'group' | 'running'>) =>
    one.agent === 'claude' &&
    (wish.group === null || one.group === wish.group) &&
    isAvailable(one, { modelFamily: wish.modelFamily, now }) &&
    (one.max_runs === null || (wish.running.get(one.name) ?? 0) < one.max_runs);

  it('the choice may be used, is the best there is, and does not depend on their order', () => {
    fc.assert(
      fc.property(accounts, wishes, fc.integer(), (all, wish, seed) => {
        const found = choose(all, wish);
        const shuffled = [...all].sort(
          (a, b) => ((a.name.charCodeAt(1) * seed) % 7) - ((b.name.charCodeAt(1) * seed) % 7),
        );
        expect(choose(shuffled, wish)).toEqual(found);
        const free = all.filter((one) => isFree(one, wish));
        const chosen = all.find(({ name }) => name === found.account);
        if (chosen) {
          expect(free).toContain(chosen);
          if (chosen.name !== wish.current) {
            expect(chosen.priority).toBe(Math.max(...free.map(({ priority }) => priority)));
            const current = all.find(({ name }) => name === wish.current);
            expect(current === undefined || !isFree(current, wish)).toBe(true);
          }
        } else if (free.length > 0) {
          // The one reason to take none of them: the conversation waits for its own account.
          expect(found).toEqual({ account: null, why: 'busy', until: null });
          expect(free.map(({ name }) => name)).not.toContain(wish.current);
        }
      }),
    );
  });

  it('the named instant is one at which the choice is another', () => {
    fc.assert(
      fc.property(accounts, wishes, (all, wish) => {
        const found = choose(all, wish);
        if (found.account !== null || found.why !== 'limited') return;
        expect(found.until).toBeGreaterThan(now);
        const then = choose(all, { ...wish, running: new Map(), now: found.until as number });
        expect(then.account).not.toBe(null);
        expect(choose(all, { ...wish, running: new Map(), now: (found.until as number) - 1 }).account).toBe(null);
      }),
    );
  });
});
