// The people of a home: closed by default, changed by admins alone, and never opened or emptied by a slip of the pen.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createUsers } from '../../../src/lib/users/store.ts';
import { openPeople } from './people.ts';

describe('people', () => {
  it('are none where nobody is named: nobody may use the bot', () => {
    const { users } = openPeople();
    expect([users.find('5'), users.list(), users.fault(), users.registrations()]).toEqual([null, [], null, []]);
  });

  it('come from the settings and the file, the file before the settings', () => {
    const { users, write } = openPeople({ allowedUserIds: ['5', '6'], adminIds: ['7', '6'] });
    write({ users: { '8': { name: 'H', enabled: true }, '5': { enabled: false } } });
    expect(users.list().map(({ id, enabled, role }) => [id, enabled, role])).toEqual([
      ['5', false, 'user'],
      ['8', true, 'user'],
      ['7', true, 'admin'],
      ['6', true, 'admin'],
    ]);
    expect(users.find('9')).toBe(null);
    expect(users.find('__proto__')).toBe(null);
  });

  it('are read afresh after each edit by hand, also one of the same length', () => {
    const { users, write } = openPeople();
    write({ users: { '5': { enabled: true, role: 'user' } } });
    expect(users.find('5')).toMatchObject({ enabled: true });
    write({ users: { '6': { enabled: true, role: 'user' } } });
    expect([users.find('5'), users.find('6')?.enabled]).toEqual([null, true]);
  });
});

describe('a change', () => {
  it('lets somebody in, and says so in the audit log', async () => {
    const { users, read, home } = openPeople();
    const person = await users.change('5', { enabled: true, name: 'User A' }, 'shell');
    expect(person).toMatchObject({ id: '5', name: 'User A', enabled: true, role: 'user' });
    expect(read()).toEqual({
      schema_version: 1,
      users: { '5': { name: 'User A', enabled: true, role: 'user', allowed_features: [] } },
    });
    expect(users.audit(9)).toEqual([
      { at: '2026-11-20T06:00:00.000Z', by: 'shell', act: 'add', user: '5', detail: { enabled: true, name: 'User A' } },
    ]);
    expect(fs.statSync(home.paths.users).mode & 0o777).toBe(0o600);
  });

  it('keeps what people wrote, and shows the counter', async () => {
    const { users, write, read } = openPeople();
    write({
      $note: 'ours',
      users: {
        '5': { team: null, enabled: true, quota: { daily: 10, used: 99, why: 'new' } },
        '6': { enabled: true, quota: { daily: 2 } },
        '7': { enabled: true },
      },
    });
    const person = users.find('5');
    if (!person) throw new Error('5 is not known');
    await users.quotas.reserve(person, ['task-5-1763600000000'], { of: () => new Set(), isAwaited: () => false });
    await users.change('5', { allow: ['ali'], quota: { tokens: 5 } }, 'shell');
    expect(read()).toEqual({
      schema_version: 1,
      $note: 'ours',
      users: {
        '5': {
          team: null,
          enabled: true,
          quota: { daily: 10, used: 1, why: 'new', tokens: 5 },
          allowed_features: ['ali'],
        },
        '6': { enabled: true, quota: { daily: 2, used: 0 } },
        '7': { enabled: true },
      },
    });
  });

  it.each([
    [{ enabled: true }, 'enable', true],
    [{ enabled: false }, 'disable', false],
    [{ role: 'admin' }, 'role', 'admin'],
    [{ quota: { daily: 3 } }, 'quota', 3],
    [{ allow: ['yolo'] }, 'allow', 'yolo'],
    [{ deny: ['ali'] }, 'deny', 'repo'],
    [{ name: 'B' }, 'change', 'B'],
  ] as const)('%j is "%s" in the audit log', async (change, act, shown) => {
    const { users, write } = openPeople();
    const isOff = 'enabled' in change && change.enabled;
    write({ users: { '5': { name: 'A', enabled: !isOff, allowed_features: ['ali', 'repo'] } } });
    const { enabled, role, quota, features, name } = await users.change('5', change, 'shell');
    expect([enabled, role, quota.daily, name, ...features]).toContain(shown);
    expect(users.audit(9)).toMatchObject([{ by: 'shell', act, user: '5', detail: change }]);
    // The same once more changes nothing, and leaves no trace.
    await users.change('5', change, 'shell');
    expect(users.audit(9)).toHaveLength(1);
  });

  it('lifts limits that are null, and a quota without any goes', async () => {
    const { users, write, read } = openPeople();
    write({ users: { '5': { enabled: true, quota: { daily: 1, tokens: 2 } } } });
    await users.change('5', { quota: { daily: null } }, 'shell');
    expect(read().users['5']).toEqual({ enabled: true, quota: { tokens: 2, used: 0 } });
    await users.change('5', { quota: { tokens: null } }, 'shell');
    expect(read().users['5']).toEqual({ enabled: true });
  });

  it('of one whom the settings let in writes the difference alone', async () => {
    const { users, read } = openPeople({ allowedUserIds: ['5'] });
    await users.change('5', { language: 'zh' }, '5');
    expect(read().users['5']).toEqual({ language: 'zh' });
    expect(openPeople().users.find('5')).toBe(null);
    await users.change('5', { deny: ['codex'] }, 'shell');
    expect([...(users.find('5')?.features ?? [])]).toEqual(['ali', 'agent-teams', 'repo', 'files', 'approve']);
    await users.change('5', { language: null }, '5');
    expect(users.find('5')).toMatchObject({ enabled: true, language: null });
  });

  it("is for the owner and for admins; one's own language for everybody let in", async () => {
    const { users, write } = openPeople({ adminIds: ['1'] });
    write({
      users: { '2': { enabled: true }, '3': { enabled: false, role: 'admin' }, '4': { enabled: true, role: 'admin' } },
    });
    const refused = { code: 'not-allowed', exitCode: 4 };
    for (const by of ['2', '3', '9', '']) {
      await expect(users.change('2', { allow: ['yolo'] }, by)).rejects.toMatchObject(refused);
    }
    await expect(users.change('2', { language: 'zh', role: 'admin' }, '2')).rejects.toMatchObject(refused);
    await expect(users.change('2', { language: 'zh' }, '9')).rejects.toMatchObject(refused);
    await expect(users.change('3', { language: 'zh' }, '3')).rejects.toMatchObject(refused);
    expect(users.audit(99).map(({ act, by }) => `${act} ${by}`)).toEqual(
      ['3', '9', '2', '', '9', '3', '2'].map((by) => `refused ${by}`),
    );
    expect(await users.change('2', { language: 'zh' }, '2')).toMatchObject({ language: 'zh' });
    expect(users.audit(99)).toHaveLength(7);
    for (const by of ['1', '4', 'shell']) await users.change('2', { quota: { daily: Number(by) || 9 } }, by);
    expect(users.audit(3).map(({ by }) => by)).toEqual(['shell', '4', '1']);
  });

  it('needs somebody who is known, unless it lets in or keeps out', async () => {
    const { users } = openPeople();
    await expect(users.change('5', { allow: ['ali'] }, 'shell')).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('ccdispatch users add 5'),
    });
    expect(await users.change('5', { enabled: false }, 'shell')).toMatchObject({ enabled: false });
    await expect(users.change('me', { enabled: true }, 'shell')).rejects.toMatchObject({ code: 'usage' });
    await expect(users.change('6', { enabled: true, time_zone: 'Nowhere' }, 'shell')).rejects.toMatchObject({
      code: 'usage',
    });
  });

  it('is not lost when several are made at once', async () => {
    const { users, again, read } = openPeople();
    const ids = Array.from({ length: 20 }, (_, index) => String(index + 1));
    const stores = [users, again(), again()];
    await Promise.all(ids.map((id, index) => stores[index % 3]?.change(id, { enabled: true }, 'shell')));
    expect(Object.keys(read().users)).toEqual(ids);
    expect(users.audit(99)).toHaveLength(20);
  });

  it('leaves its line, marked, where it could not be written', async () => {
    const { home } = openPeople();
    const files = {
      ...home.files,
      replace: async (path: string, text: string) => {
        if (path === home.paths.users) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
        await home.files.replace(path, text);
      },
    };
    const settings = { telegram: { allowedUserIds: [], adminIds: [] } };
    const users = createUsers({ ...home, files, settings, clock: { now: () => 0 } });
    await expect(users.change('5', { enabled: true }, 'shell')).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(users.audit(9).map(({ detail }) => detail)).toEqual([{ enabled: true, failed: true }, { enabled: true }]);
    expect(users.find('5')).toBe(null);
  });
});
