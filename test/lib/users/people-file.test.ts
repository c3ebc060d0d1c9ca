// A slip of the pen in users.json opens nothing and empties nothing: the last good copy counts until it is mended.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderFault } from '../../../src/lib/users/people-file.ts';
import { createUsers } from '../../../src/lib/users/store.ts';
import { openPeople, type PeopleHome } from './people.ts';

const good = { users: { '5': { name: 'A', enabled: true }, '6': { enabled: false } } };

/** A home whose good file was seen, and its copy made. */
async function openSeen(telegram: Parameters<typeof openPeople>[0] = { allowedUserIds: ['6'] }): Promise<PeopleHome> {
  const people = openPeople(telegram);
  people.write(good);
  people.users.find('5');
  await people.users.settled();
  return people;
}

const broken = '{"users": {\n"5": {"enabled": true},\n"6": {"enabled": false,}\n}}';

describe('a faulty users.json', () => {
  it.each([
    ['is not JSON', broken, 3],
    ['is empty', '', 1],
    ['was cut off', '{"users": {\n"6', 2],
    ['has a mistyped field', '{"users": {\n"6": {"enabeld": false}}}', 2],
    ['names somebody twice', '{"users": {\n"6": {"enabled": false},\n"6": {"enabled": true}}}', 3],
    ['lost its users', '{"user": {}}', 1],
  ])('that %s leaves everybody as he was', async (_fault, text, line) => {
    const { users, write, again, home } = await openSeen();
    write(text);
    for (const store of [users, again()]) {
      expect([store.find('5')?.enabled, store.find('6')?.enabled, store.find('7')]).toEqual([true, false, null]);
      expect(store.fault()).toMatchObject({ path: home.paths.users, line, hasCopy: true });
    }
    expect(fs.readFileSync(home.paths.users, 'utf8')).toBe(text);
  });

  it('cannot be changed, and the refusal names line and fault', async () => {
    const { users, write, home } = await openSeen();
    write(broken);
    await expect(users.change('5', { allow: ['yolo'] }, 'shell')).rejects.toMatchObject({
      code: 'config',
      exitCode: 3,
      message: `${home.paths.users}, line 3: a comma is too much. Until it is mended the last good copy counts, and nothing can be changed.`,
      hint: expect.stringContaining('ccdispatch users list'),
    });
    expect(users.audit(9)).toEqual([]);
    write(good);
    await users.change('5', { allow: ['yolo'] }, 'shell');
    expect([...(users.find('5')?.features ?? [])]).toEqual(['yolo']);
  });

  it('that has vanished forbids what it forbade', async () => {
    const { users, home } = await openSeen();
    fs.rmSync(home.paths.users);
    expect([users.find('5')?.enabled, users.find('6')?.enabled]).toEqual([true, false]);
    await expect(users.change('6', { enabled: true }, 'shell')).rejects.toMatchObject({
      hint: expect.stringContaining(`cp ${home.paths.usersGood} ${home.paths.users}`),
    });
    fs.rmSync(home.paths.usersGood);
    expect([users.find('5'), users.find('6')?.enabled, users.fault()]).toEqual([null, true, null]);
  });

  it('without any good copy lets nobody in, not even those of the settings: it may say that they are kept out', async () => {
    const { users, write } = openPeople({ allowedUserIds: ['6'], adminIds: ['7'] });
    write(broken);
    expect([users.find('6'), users.find('7'), users.list()]).toEqual([null, null, []]);
    const fault = users.fault();
    expect(fault && renderFault(fault)).toContain('There is no good copy of it, so nobody is let in');
    await expect(users.register({ userId: '7', name: 'G', languageCode: null })).rejects.toMatchObject({
      code: 'config',
    });
  });

  it('does not count with a copy that is broken too', async () => {
    const { users, write, home } = await openSeen();
    write(broken);
    fs.writeFileSync(home.paths.usersGood, '{');
    expect([users.find('5'), users.find('6'), users.fault()?.hasCopy]).toEqual([null, null, false]);
  });
});

describe('the good copy', () => {
  it('follows each edit by hand that somebody read', async () => {
    const { users, write, home } = await openSeen();
    write({ users: { '5': { enabled: false } } });
    users.find('5');
    await users.settled();
    write(broken);
    expect([users.find('5')?.enabled, users.find('6')?.enabled]).toEqual([false, true]);
    expect(fs.statSync(home.paths.usersGood).mode & 0o777).toBe(0o600);
  });

  it('follows each change of ours at once', async () => {
    const { users, home, again, write } = await openSeen();
    await users.change('5', { enabled: false }, 'shell');
    expect(fs.readFileSync(home.paths.usersGood, 'utf8')).toBe(fs.readFileSync(home.paths.users, 'utf8'));
    write(broken);
    expect(again().find('5')?.enabled).toBe(false);
  });

  it('is not replaced by what is older: it is made of what the file holds by then', async () => {
    const { users, write, home } = openPeople();
    write(good);
    users.find('5');
    write({ users: { '5': { enabled: false } } });
    await users.settled();
    const copy = JSON.parse(fs.readFileSync(home.paths.usersGood, 'utf8'));
    expect(copy).toEqual({ users: { '5': { enabled: false } } });
  });
});

it('a change gives way to an editor that saves in the same moment', async () => {
  const { users, write, read, home } = await openSeen({});
  const store = createRacing(home, () => write({ users: { '5': { enabled: true, name: 'edited' } } }));
  await store.change('5', { allow: ['ali'] }, 'shell');
  expect(read().users['5']).toEqual({ enabled: true, name: 'edited', allowed_features: ['ali'] });
  expect(users.audit(9)).toHaveLength(1);
});

/** A store whose second look at the file comes after somebody saved another one. */
function createRacing(home: PeopleHome['home'], save: () => void) {
  let reads = 0;
  const files = {
    ...home.files,
    read(path: string) {
      if (path === home.paths.users && ++reads === 3) save();
      return home.files.read(path);
    },
  };
  const settings = { telegram: { allowedUserIds: [], adminIds: [] } };
  return createUsers({ ...home, files, settings, clock: { now: () => 0 } });
}
