// Strangers may ask once a day, are answered once a day, and cannot drown those who have to decide.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPeople } from './people.ts';

const dayMs = 86_400_000;
const wish = (userId: string, more = {}) => ({ userId, name: `N${userId}`, languageCode: 'en', ...more });

describe('a registration', () => {
  it('asks the admins once a day', async () => {
    const { users, clock, again } = openPeople();
    expect(await users.register(wish('5'))).toBe('asked');
    expect(await users.register(wish('5'))).toBe('pending');
    expect(await again().register(wish('5'))).toBe('pending');
    clock.at += dayMs;
    expect(await users.register(wish('5', { name: 'other' }))).toBe('asked');
    expect(await users.register(wish('5'))).toBe('pending');
    expect(users.registrations()).toMatchObject([
      { user_id: '5', name: 'other', asked_at: '2026-11-20T06:00:00.000Z' },
    ]);
    expect(users.audit(9).map(({ act, user, detail }) => [act, user, detail])).toEqual([
      ['register', '5', { name: 'N5' }],
    ]);
  });

  it('asks again for the same update, which comes again after a crash', async () => {
    const { users, again } = openPeople();
    expect(await users.register(wish('5', { updateId: 70 }))).toBe('asked');
    expect(await again().register(wish('5', { updateId: 70 }))).toBe('asked');
    expect(await users.register(wish('5', { updateId: 71 }))).toBe('pending');
  });

  it('touches users.json only when somebody decides', async () => {
    const { users, home, read } = openPeople({ adminIds: ['1'] });
    await users.register(wish('5'));
    await users.register(wish('6'));
    expect(fs.existsSync(home.paths.users)).toBe(false);
    expect(users.find('5')).toBe(null);
    expect(await users.change('5', { enabled: true }, '1')).toMatchObject({ name: 'N5', enabled: true });
    await users.change('6', { enabled: false }, '1');
    expect(read().users).toMatchObject({ '5': { name: 'N5', enabled: true }, '6': { name: 'N6', enabled: false } });
    expect(users.registrations()).toEqual([]);
    expect(users.audit(2).map(({ act, by, user }) => [act, by, user])).toEqual([
      ['disable', '1', '6'],
      ['approve', '1', '5'],
    ]);
    expect(await users.register(wish('5'))).toBe('known');
    expect(await users.register(wish('6'))).toBe('disabled');
    expect(await users.register(wish('1'))).toBe('known');
  });

  it('is refused when too many wait, and forgotten when nobody answers for a week', async () => {
    const { users, clock } = openPeople();
    for (let id = 1; id <= 20; id++) expect(await users.register(wish(String(id)))).toBe('asked');
    expect(await users.register(wish('21'))).toBe('full');
    expect(await users.register(wish('20'))).toBe('pending');
    await users.change('3', { enabled: true }, 'shell');
    expect(await users.register(wish('21'))).toBe('asked');
    expect(await users.register(wish('22'))).toBe('full');
    clock.at += 7 * dayMs;
    expect(users.registrations()).toEqual([]);
    expect(await users.register(wish('22'))).toBe('asked');
    expect(users.registrations()).toHaveLength(1);
  });

  it('does not leave files behind', async () => {
    const { users, clock, home } = openPeople();
    for (let id = 1; id <= 5; id++) await users.register(wish(String(id)));
    fs.writeFileSync(path.join(home.paths.registrations, '.tmp-1-1-9.json'), '');
    fs.writeFileSync(path.join(home.paths.registrations, '8.json'), '{');
    clock.at += 7 * dayMs;
    await users.register(wish('6'));
    expect(fs.readdirSync(home.paths.registrations)).toEqual(['6.json']);
  });

  it('cannot smuggle lines, long names or other ids in', async () => {
    const { users } = openPeople();
    await users.register(wish('5', { name: `a\nb\u202e${'c'.repeat(500)}` }));
    expect(users.registrations()[0]?.name).toBe(`a b${'c'.repeat(60)}…`);
    for (const userId of ['', '../6', '-100', '__proto__']) {
      await expect(users.register(wish(userId))).rejects.toMatchObject({ code: 'usage' });
    }
  });

  it('counts once, however many come at once', async () => {
    const { users, again } = openPeople();
    const stores = [users, again()];
    const ids = Array.from({ length: 24 }, (_, index) => String(index + 1));
    const outcomes = await Promise.all(ids.map((id, index) => stores[index % 2]?.register(wish(id))));
    expect(outcomes.filter((outcome) => outcome === 'asked')).toHaveLength(20);
    expect(users.registrations()).toHaveLength(20);
    const same = await Promise.all(stores.map((store) => store.register(wish('1'))));
    expect(same).toEqual(['pending', 'pending']);
  });
});

describe('a stranger', () => {
  it('is answered once a day, whichever process asks', async () => {
    const { users, again, clock } = openPeople();
    expect(await Promise.all([users, again(), again()].map((one) => one.mayAnswerStranger('5')))).toEqual(
      expect.arrayContaining([true, false, false]),
    );
    expect(await users.mayAnswerStranger('5')).toBe(false);
    expect(await users.mayAnswerStranger('6')).toBe(true);
    clock.at += dayMs;
    expect(await users.mayAnswerStranger('5')).toBe(true);
    expect(users.audit(9).map(({ act, user, detail }) => [act, user, detail.why])).toEqual(
      ['5', '6', '5'].map((id) => ['refused', id, 'unknown']),
    );
  });

  it('is not answered in a group, which is noted', async () => {
    const { users } = openPeople();
    const group = { id: '-100', kind: 'group' } as const;
    expect(await users.mayAnswerStranger('5', group)).toBe(false);
    expect(await users.mayAnswerStranger('5', group)).toBe(false);
    expect(await users.mayAnswerStranger('5', { id: '5', kind: 'private' })).toBe(true);
    expect(users.audit(9).map(({ detail }) => detail.chat)).toEqual(['5', '-100']);
  });

  it('is none of those who are known, kept out or not', async () => {
    const { users } = openPeople({ allowedUserIds: ['5'] });
    await users.change('6', { enabled: false }, 'shell');
    expect([await users.mayAnswerStranger('5'), await users.mayAnswerStranger('6')]).toEqual([false, false]);
    expect(await users.mayAnswerStranger('not a person')).toBe(false);
  });

  it('leaves no marks of earlier days', async () => {
    const { users, clock, home } = openPeople();
    for (let day = 0; day < 5; day++, clock.at += dayMs) await users.mayAnswerStranger('5');
    expect(fs.readdirSync(path.join(home.paths.registrations, 'strangers'))).toHaveLength(2);
  });
});
