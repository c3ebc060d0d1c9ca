// users.json as people write it: what it makes of a person, and where it is faulty. A typo opens nothing.

import { describe, expect, it } from 'vitest';
import { parseUsers, personOf, renderUsers, type Standing, type UserRecord } from '../../../src/lib/users/record.ts';

/** The form that people know. */
const known = `{"users":{"123456789":{"name":"User A","enabled":true,"role":"user","quota":{"daily":10,"used":3},"allowed_features":["ali","agent-teams"]}}}`;

function read(text: string) {
  const found = parseUsers(text);
  if ('fault' in found) throw new Error(`${found.fault.line}: ${found.fault.what}`);
  return found.document;
}

function faultOf(text: string): string {
  const found = parseUsers(text);
  return 'fault' in found ? `${found.fault.line}: ${found.fault.what}` : 'none';
}

describe('users.json', () => {
  it('is read in the form that people know', () => {
    const person = personOf('123456789', read(known).users['123456789'], null);
    expect(person).toEqual({
      id: '123456789',
      name: 'User A',
      enabled: true,
      role: 'user',
      features: new Set(['ali', 'agent-teams']),
      quota: { daily: 10, cost_usd: null, tokens: null, concurrent: null },
      time_zone: null,
      language: null,
      account_group: null,
    });
  });

  it('keeps what it does not know, and the order of fields', () => {
    const text = '{"note":"ours","users":{"5":{"team":"x","enabled":true,"quota":{"daily":1,"why":"new"}}}}';
    expect(renderUsers(read(text))).toMatchInlineSnapshot(`
      "{
        "schema_version": 1,
        "note": "ours",
        "users": {
          "5": {
            "team": "x",
            "enabled": true,
            "quota": {
              "daily": 1,
              "why": "new"
            }
          }
        }
      }
      "
    `);
    expect(read(renderUsers(read(text)))).toEqual({ schema_version: 1, ...read(text) });
  });

  it.each([
    ['{}', '1: users: must be there, as an object with an entry for each person'],
    ['[]', '1: the whole: must be an object'],
    ['{"users":\n{"5": {"enabled": "yes"}}}', '2: users.5.enabled: must be true or false'],
    ['{"users":\n{"5": {"role": "amdin"}}}', '2: users.5.role: must be "user" or "admin"'],
    ['{"users":{"5": {"quota":\n{"daily": "10"}}}}', '2: users.5.quota.daily: must be a whole number'],
    ['{"users":{"5": {"quota": {"daily": 1.5}}}}', '1: users.5.quota.daily: must be a whole number'],
    ['{"users":{"5": {"quota": {"tokens": -1}}}}', '1: users.5.quota.tokens: must not be negative'],
    ['{"users":{"5": {"quota": {"cost_usd": "1"}}}}', '1: users.5.quota.cost_usd: must be an amount in dollars'],
    ['{"users":{"5": {"quota": 5}}}', '1: users.5.quota: must be an object'],
    ['{"users":{"5": {"allowed_features": "ali"}}}', '1: users.5.allowed_features: must be a list'],
    [
      '{"users":{"5": {"time_zone": "Mars/Base"}}}',
      '1: users.5.time_zone: must be the name of a time zone, such as Asia/Shanghai',
    ],
    ['{"users":{"5": {"language": "fr"}}}', '1: users.5.language: must be "en" or "zh"'],
    ['{"users":{\n"-100": {}}}', "2: users.-100: must be a person's Telegram id (digits)"],
    ['{"users":{\n"@somebody": {}}}', "2: users.@somebody: must be a person's Telegram id (digits)"],
    ['{"users":{"5": true}}', '1: users.5: must be an object'],
    ['{"schema_version": 2, "users":{}}', '1: schema_version: was written by a newer ccdispatch; update this one'],
    ['{"users":{"5": {},\n"5": {}}}', '2: the name "5" stands here for a second time'],
  ])('faulty as %j names line and fault', (text, fault) => expect(faultOf(text)).toBe(fault));

  it.each([
    ['enabeld', 'enabled'],
    ['Enabled', 'enabled'],
    ['disabled', 'enabled'],
    ['qouta', 'quota'],
    ['limits', 'quota'],
    ['allowedFeatures', 'allowed_features'],
    ['rol', 'role'],
  ])('does not take "%s" for somebody\'s own field', (field, meant) => {
    expect(faultOf(`{"users":\n{"5": {\n"${field}": 1}}}`)).toBe(
      `3: users.5.${field}: is no field, perhaps ${meant} is meant`,
    );
  });

  it.each([
    ['dialy', 'daily'],
    ['cost', 'cost_usd'],
    ['costUsd', 'cost_usd'],
    ['concurent', 'concurrent'],
  ])('does not take "%s" of a quota for somebody\'s own field', (field, meant) => {
    expect(faultOf(`{"users":{"5":{"quota":{"${field}": 1}}}}`)).toContain(`perhaps ${meant} is meant`);
  });

  it.each(['note', 'team', 'email', 'since'])('takes "%s" for one', (field) => {
    expect(faultOf(`{"users":{"5":{"${field}": 1}}}`)).toBe('none');
  });

  it('ignores what the counter shows, whatever it is', () => {
    for (const used of ['3', '"many"', 'null', '[]']) {
      expect(faultOf(`{"users":{"5":{"quota":{"daily":1,"used":${used}}}}}`)).toBe('none');
    }
  });
});

describe('a person', () => {
  const person = (record: UserRecord | undefined, standing: Standing) => {
    const found = personOf('5', record, standing);
    return found && [found.enabled, found.role, [...found.features].join(' ')];
  };
  const usual = 'ali agent-teams repo files approve codex';

  it.each<[string, UserRecord | undefined, Standing, unknown]>([
    ['in neither place', undefined, null, null],
    ['in the settings', undefined, 'user', [true, 'user', usual]],
    ['an admin of the settings', undefined, 'admin', [true, 'admin', usual]],
    ['disabled by a record', { enabled: false }, 'admin', [false, 'admin', usual]],
    ['demoted by a record', { role: 'user' }, 'admin', [true, 'user', usual]],
    ['held to features by a record', { allowed_features: ['yolo'] }, 'user', [true, 'user', 'yolo']],
    ['with nothing but a language, and in the settings', { language: 'zh' }, 'user', [true, 'user', usual]],
    ['with nothing but a language', { language: 'zh' }, null, [false, 'user', '']],
    ['with an empty record', {}, null, [false, 'user', '']],
    ['enabled by a record alone', { enabled: true }, null, [true, 'user', '']],
    ['an admin by a record alone', { enabled: true, role: 'admin' }, null, [true, 'admin', usual]],
    [
      'with features that nobody knows',
      { enabled: true, allowed_features: ['yollo', 'ali'] },
      null,
      [true, 'user', 'ali'],
    ],
  ])('%s', (_case, record, standing, expected) => expect(person(record, standing)).toEqual(expected));
});
