// What a refusal of the service means, and what becomes of the run: every kind, live or final, with and without another account.

import { describe, expect, it } from 'vitest';
import {
  judgeLimit,
  kindOfRefusal,
  type LimitView,
  maxTakeOvers,
  type Refused,
  refusalToNote,
} from '../../../../src/lib/runs/accounts/judge-limit.ts';

const now = Date.parse('2026-11-20T10:00:00Z');
const hour = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

const refused = (fields: Partial<Refused> = {}): Refused => ({
  status: 429,
  attempt: 1,
  resetsAt: null,
  isWall: false,
  window: null,
  isFinal: false,
  text: '',
  ...fields,
});
const final = (text: string, fields: Partial<Refused> = {}) =>
  refused({ attempt: null, isFinal: true, text, ...fields });

describe('the kind of a refusal', () => {
  it.each<[string, Refused, string]>([
    ['429 while it tries', refused(), 'burst'],
    ['429 with a reset', refused({ resetsAt: iso(now + hour) }), 'wall'],
    ['a named quota', refused({ isWall: true }), 'wall'],
    ['429 at the end', final('API Error: 429 Too many requests'), 'burst'],
    ['a usage limit', final('API Error: 429 You have hit your usage limit'), 'wall'],
    ['a session limit', final("You've hit your session limit · resets 3pm"), 'wall'],
    ['a weekly limit', final("You've hit your weekly limit"), 'wall'],
    ['a five-hour limit', final("You've hit your 5-hour limit · resets 3pm"), 'wall'],
    ['a limit of one family', final("You've hit your Opus limit · resets 3pm"), 'wall'],
    ['a quota', final('You exceeded your current quota, please check your plan'), 'wall'],
    ['an empty account', final('Your credit balance is too low'), 'wall'],
    ['a long context', final('Extra usage is required for long context requests.'), 'none'],
    ['a long context, whatever else is said', final('usage limit: long context', { isWall: true }), 'none'],
    ['401', refused({ status: 401 }), 'auth'],
    ['403', final('OAuth token revoked', { status: 403 }), 'auth'],
    ['529', refused({ status: 529 }), 'overloaded'],
    ['500', refused({ status: 500 }), 'overloaded'],
    ['a dropped connection', refused({ status: null }), 'none'],
    ['400', final('bad request', { status: 400 }), 'none'],
  ])('of %s', (_case, given, kind) => {
    expect(kindOfRefusal(given)).toBe(kind);
  });
});

describe('the mark on the account', () => {
  it.each<[string, Refused, ReturnType<typeof refusalToNote>]>([
    ['a burst that the agent retries', refused(), { kind: 'burst', window: null, resetsAt: null }],
    ['a burst that outlasts all tries', final('429'), { kind: 'burst', window: null, resetsAt: now + hour / 12 }],
    ['a wall', final('usage limit'), { kind: 'wall', window: null, resetsAt: null }],
    [
      'a wall with its end',
      refused({ resetsAt: iso(now + hour) }),
      { kind: 'wall', window: null, resetsAt: now + hour },
    ],
    [
      'a wall with no instant',
      refused({ isWall: true, resetsAt: 'soon' }),
      { kind: 'wall', window: null, resetsAt: null },
    ],
    [
      'a wall of a window that the service named',
      refused({ isWall: true, window: 'seven_day_opus' }),
      { kind: 'wall', window: 'seven_day_opus', resetsAt: null },
    ],
    ...(
      [
        ['Opus limit', 'seven_day_opus'],
        ['Sonnet limit', 'seven_day_sonnet'],
        ['Fable limit', 'seven_day_overage_included'],
        ['weekly limit', 'seven_day'],
        ['session limit', 'five_hour'],
        ['5-hour limit', 'five_hour'],
      ] as const
    ).map(([words, window]): [string, Refused, ReturnType<typeof refusalToNote>] => [
      `a wall that is called the ${words}`,
      final(`You've hit your ${words} · resets 3pm`),
      { kind: 'wall', window, resetsAt: null },
    ]),
    ['credentials', refused({ status: 401 }), { kind: 'auth', window: null, resetsAt: null }],
    ['an overloaded service', refused({ status: 529 }), null],
    ['a long context', final('long context'), null],
  ])('by %s', (_case, given, mark) => {
    expect(refusalToNote(given, now)).toEqual(mark);
  });
});

const view = (given: Refused, fields: Partial<LimitView> = {}): LimitView => ({
  refused: given,
  hasAccount: true,
  next: null,
  isBusy: false,
  until: now + hour,
  takeOvers: 0,
  onWall: 'resume',
  now,
  ...fields,
});
const quota = final('usage limit');
const leave = { do: 'leave' };
const handOver = { do: 'hand-over' };
const pause = (resumeAt: number | null, resetAt = resumeAt) => ({ do: 'pause', resumeAt, resetAt });

describe('the run', () => {
  it.each<[string, LimitView, object]>([
    ['goes on under a free account at a burst', view(refused(), { next: 'b' }), handOver],
    ['leaves a burst to its agent where nobody is free', view(refused()), leave],
    ['is paused where a burst outlasted all tries', view(final('429')), pause(now + hour)],
    ['goes on under a free account at a wall', view(quota, { next: 'b' }), handOver],
    ['waits in the queue for an account that is busy', view(quota, { isBusy: true }), handOver],
    ['is paused until the earliest reset', view(quota), pause(now + hour)],
    ['is paused for an hour where no reset is known', view(quota, { until: null }), pause(now + hour, null)],
    ['is paused for a moment at a reset that has passed', view(quota, { until: now - 1 }), pause(now + 1000)],
    [
      'is paused no longer than the longest quota',
      view(quota, { until: now + 3650 * 24 * hour }),
      pause(now + 192 * hour),
    ],
    ['is paused for a person where that is wanted', view(quota, { onWall: 'ask' }), pause(null, now + hour)],
    ['is so where nobody knows the reset', view(quota, { onWall: 'ask', until: null }), pause(null)],
    ['fails where that is wanted', view(quota, { onWall: 'stop' }), leave],
    ['is ended where that is wanted', view(refused({ isWall: true }), { onWall: 'stop' }), { do: 'stop' }],
    [
      'goes on beyond a wall that was only told of',
      view(refused({ isWall: true, attempt: null }), { next: 'b' }),
      leave,
    ],
    ['tries refused credentials once more', view(refused({ status: 401 }), { next: 'b' }), leave],
    ['goes on under another account then', view(refused({ status: 401, attempt: 2 }), { next: 'b' }), handOver],
    ['fails where all credentials are refused', view(final('401', { status: 401 })), leave],
    ['tries again itself where it gave up at once', view(final('401', { status: 401 }), { next: 'a' }), handOver],
    ['waits for an overloaded service', view(refused({ status: 529 }), { next: 'b' }), leave],
    ['fails with a context too long', view(final('long context'), { next: 'b' }), leave],
    ['is taken over three times', view(quota, { next: 'b', takeOvers: maxTakeOvers - 1 }), handOver],
    ['and not four', view(quota, { next: 'b', takeOvers: maxTakeOvers }), pause(now + hour)],
    ['leaves a burst alone then', view(refused(), { next: 'b', takeOvers: maxTakeOvers }), leave],
  ])('%s', (_case, given, step) => {
    expect(judgeLimit(given)).toEqual(step);
  });

  it.each<[string, Refused, object]>([
    ['is paused until its reset', final('', { isWall: true, resetsAt: iso(now + hour) }), pause(now + hour)],
    ['is paused for a while at a reset in the past', final('', { resetsAt: iso(now - hour) }), pause(now + 60_000)],
    ['is paused for an hour without a reset', quota, pause(now + hour, null)],
    ['fails at a burst that outlasts all tries', final('429'), leave],
    ['fails with its credentials', final('401', { status: 401 }), leave],
  ])('of the login of the agent itself %s', (_case, given, step) => {
    expect(judgeLimit(view(given, { hasAccount: false, until: null }))).toEqual(step);
  });
});
