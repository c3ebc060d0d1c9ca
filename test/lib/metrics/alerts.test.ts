// What admins hear unasked: each thing once while it lasts, and once when it is over, whoever looks and whoever was killed.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { newState, noteLimit } from '../../../src/lib/accounts/limits.ts';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { createAlertWatch } from '../../../src/lib/metrics/alert-watch.ts';
import { type AlertFacts, alertKey, findAlerts, type KeptAlert, nextAlerts } from '../../../src/lib/metrics/alerts.ts';
import { alertCodes } from '../../../src/lib/notifications/notification.ts';
import { renderAlert } from '../../../src/lib/notifications/render-alert.ts';
import { isKey } from '../../../src/lib/outbox/entry.ts';
import { isNotification } from '../../../src/lib/outbox/parse-notification.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { makeHome } from '../../support/home.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { makeLog } from '../runs/run-home.ts';

const now = Date.parse('2026-11-20T06:00:00Z');
const hour = 3_600_000;
const account = (name: string, state = newState, active = true) => ({ name, active, state });
const refused = { ...newState, refused_at: '2026-11-20T05:00:00.000Z' };
const limitedFor = (hours: number) =>
  noteLimit(newState, { kind: 'wall', modelFamily: null, window: 'seven_day', resetsAt: now + hours * hour, now });
const opusLimitedFor = (hours: number) =>
  noteLimit(newState, { kind: 'wall', modelFamily: 'opus', window: null, resetsAt: now + hours * hour, now });
const facts = (fields: Partial<AlertFacts> = {}): AlertFacts => ({
  accounts: [account('a'), account('b')],
  outcomes: [],
  freeDisk: 50e9,
  outboxMs: 0,
  inboxMs: 0,
  now,
  ...fields,
});
const outcomes = (failed: number, completed: number) => [
  ...Array.from({ length: failed }, () => 'failed'),
  ...Array.from({ length: completed }, () => 'completed'),
];

describe('what is wrong', () => {
  it.each<[string, Partial<AlertFacts>, string[]]>([
    ['nothing', {}, []],
    ['nothing without accounts', { accounts: [] }, []],
    ['nothing with one account, which is no pool', { accounts: [account('a', limitedFor(1))] }, []],
    ['one of two is limited', { accounts: [account('a', limitedFor(1)), account('b')] }, ['few_accounts']],
    ['one of two is switched off', { accounts: [account('a', newState, false), account('b')] }, ['few_accounts']],
    [
      'one of three is refused',
      { accounts: [account('a', refused), account('b'), account('c')] },
      ['account_refused.a'],
    ],
    [
      'one of three is limited for long',
      { accounts: [account('a', limitedFor(7)), account('b'), account('c')] },
      ['account_limited.a'],
    ],
    [
      'one is limited for models that no run has by itself',
      { accounts: [{ ...account('a', opusLimitedFor(1)), model: 'sonnet' }, account('b')] },
      [],
    ],
    [
      'one is limited for the models that its runs have',
      { accounts: [{ ...account('a', opusLimitedFor(7)), model: 'opus' }, account('b')] },
      ['few_accounts', 'account_limited.a'],
    ],
    ['one is limited for six hours', { accounts: [account('a', limitedFor(6)), account('b'), account('c')] }, []],
    ['two of ten fail', { outcomes: outcomes(2, 8) }, ['tasks_failing']],
    ['one of ten fails', { outcomes: outcomes(1, 9) }, []],
    ['nine of nine fail', { outcomes: outcomes(9, 0) }, []],
    ['pauses and cancellations are no failures', { outcomes: [...outcomes(1, 9), 'paused', 'cancelled'] }, []],
    ['the disk is low', { freeDisk: 900 * 1024 ** 2 }, ['disk_low']],
    ['the disk cannot be seen', { freeDisk: null }, []],
    ['the outbox is stuck', { outboxMs: 11 * 60_000 }, ['outbox_stuck']],
    ['the bot is stuck', { inboxMs: 11 * 60_000 }, ['bot_stuck']],
  ])('%s', (_case, given, keys) => {
    expect(findAlerts(facts(given), new Set()).map(alertKey)).toEqual(keys);
  });

  it('a disk that hovers about the mark is told once', () => {
    const some = facts({ freeDisk: 1200 * 1024 ** 2 });
    expect([findAlerts(some, new Set()).length, findAlerts(some, new Set(['disk_low'])).length]).toEqual([0, 1]);
  });
});

describe('what is told', () => {
  const disk = { code: 'disk_low', subject: null, amount: 5 } as const;
  const kept = (fields: Partial<KeptAlert> = {}): KeptAlert => ({
    ...disk,
    since: '2026-11-20T05:00:00.000Z',
    isTold: true,
    isOver: false,
    ...fields,
  });
  it.each<[string, KeptAlert[], (typeof disk)[], Partial<KeptAlert>[]]>([
    ['what is new', [], [disk], [{ isTold: false, isOver: false, since: '2026-11-20T06:00:00.000Z' }]],
    ['nothing more while it lasts', [kept()], [{ ...disk }], [kept()]],
    ['that it is over', [kept()], [], [{ isTold: false, isOver: true }]],
    ['nothing of what nobody had heard of', [kept({ isTold: false })], [], []],
    ['nothing of what came again before its end was told', [kept({ isOver: true, isTold: false })], [disk], [kept()]],
  ])('%s', (_case, before, found, after) => {
    const next = nextAlerts(before, found, now);
    expect(next).toHaveLength(after.length);
    expect(next).toMatchObject(after);
  });

  it.each(alertCodes)('%s in both languages, in its notification of the outbox', (code) => {
    for (const is_over of [false, true]) {
      const alert = { kind: 'alert', code, subject: 'main', amount: 7 * hour, since: '2026-11-20', is_over } as const;
      expect(isNotification(alert)).toBe(true);
      const [en, zh] = (['en', 'zh'] as const).map((language) => renderAlert(alert, language).messages[0]?.text ?? '');
      expect(en).toMatch(is_over ? /^✅ [A-Z].+\.$/ : /^⚠️ [A-Z].+\.$/);
      expect(zh).toMatch(/^(✅|⚠️) .*\p{Script=Han}.*。$/u);
    }
  });
});

describe('the watch', () => {
  function openWatch() {
    const home = makeHome();
    const clock = createManualClock();
    const outbox = createOutbox({ files: realFiles, paths: home.paths, clock, botId: null });
    const given = { facts: facts() };
    const admins = ['5', '6'].map((id) => ({ id, language: null }));
    const parts = { ...home, clock, outbox, log: makeLog(), facts: () => given.facts, admins: () => admins };
    const told = (chat: string) => {
      const folder = path.join(home.paths.outbox, chat);
      return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
    };
    return { home, given, told, watch: createAlertWatch(parts), again: () => createAlertWatch(parts) };
  }

  it('tells each admin once, also after another process has looked, and once when it is over', async () => {
    const { given, told, watch, again } = openWatch();
    await watch.look();
    expect(told('5')).toEqual([]);
    given.facts = facts({ freeDisk: 1, accounts: [account('a/b ü', refused), account('b'), account('c')] });
    await watch.look();
    await again().look();
    expect(told('5')).toHaveLength(2);
    expect(told('6')).toEqual(told('5'));
    for (const name of told('5')) expect(isKey(name.replace(/\.json$/, ''))).toBe(true);
    given.facts = facts();
    await again().look();
    await watch.look();
    expect(told('5').filter((name) => name.endsWith('-over.json'))).toHaveLength(2);
    expect(told('5')).toHaveLength(4);
  });

  it('says the same once more after it was killed before it noted that it was told, or its notes were lost', async () => {
    const { home, given, told, watch } = openWatch();
    given.facts = facts({ freeDisk: 1 });
    await watch.look();
    const file = path.join(home.paths.alerts, 'alerts.json');
    const noted = JSON.parse(fs.readFileSync(file, 'utf8'));
    fs.writeFileSync(file, JSON.stringify({ ...noted, alerts: [{ ...noted.alerts[0], isTold: false }] }));
    await watch.look();
    expect(told('5')).toHaveLength(1);
    fs.writeFileSync(file, '{"torn');
    await watch.look();
    expect(told('5').length).toBeLessThanOrEqual(2);
  });
});
