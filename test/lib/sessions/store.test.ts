// Session folders: made once, changed under their lock, ended once, and the chat's current one.

import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSessionName, parseSession, renderSession } from '../../../src/lib/sessions/record.ts';
import { createSessionStore } from '../../../src/lib/sessions/store.ts';
import { makeHome } from '../../support/home.ts';
import { sessionOf } from '../../support/warm-home.ts';

const id = 'session-123-1800000000000';
const at = '2026-11-20T10:00:00.000Z';
const here = { telegram_group: '123', thread_id: null };

function open() {
  const home = makeHome();
  return { ...home, sessions: createSessionStore(home) };
}

describe('a session folder', () => {
  it('is made once, with its whole record', async () => {
    const { sessions } = open();
    expect(await sessions.create(sessionOf('/w'))).toBe(true);
    expect(await sessions.create(sessionOf('/elsewhere'))).toBe(false);
    expect(sessions.load(id)).toEqual(sessionOf('/w'));
    expect(sessions.exists(id)).toBe(true);
  });

  it('is not found where there is none, and no path is made of what is no id', () => {
    const { sessions } = open();
    expect(() => sessions.load(id)).toThrow('There is no session');
    expect(() => sessions.load('session-1-../../etc')).toThrow("is not a session's id");
  });

  it('changes whole, also where many change it at once', async () => {
    const { sessions } = open();
    await sessions.create(sessionOf('/w'));
    const once = () => sessions.change(id, 'test', (session) => ({ ...session, generation: session.generation + 1 }));
    await Promise.all(Array.from({ length: 20 }, once));
    expect(sessions.load(id).generation).toBe(20);
  });

  it('ends once, whoever is first, and goes only then', async () => {
    const { sessions } = open();
    await sessions.create(sessionOf('/w'));
    await expect(sessions.remove(id)).rejects.toThrow('is open');
    const ends = await Promise.all([sessions.end(id, 'user', at), sessions.end(id, 'idle', at)]);
    expect(ends.sort()).toEqual(['ended', 'ended-before']);
    await sessions.remove(id);
    expect(sessions.exists(id)).toBe(false);
  });

  it('is listed as it is on disk, however often it was listed before', async () => {
    const { sessions, paths } = open();
    await sessions.create(sessionOf('/w'));
    const record = join(paths.session(id), 'session.json');
    const long = new Date(Date.parse(at));
    const rename = (name: string) => sessions.change(id, 'test', (session) => ({ ...session, name }));
    for (const name of ['one', 'two', 'one', 'two']) {
      await rename(name);
      utimesSync(record, long, long);
      expect([sessions.list(), sessions.list()]).toMatchObject([[{ name }], [{ name }]]);
    }
    writeFileSync(record, '{');
    expect(sessions.list()).toEqual([]);
    rmSync(paths.session(id), { recursive: true });
    expect(sessions.list()).toEqual([]);
  });

  it('that is broken hides no other', async () => {
    const { sessions, paths } = open();
    await sessions.create(sessionOf('/w'));
    mkdirSync(join(paths.sessions, 'session-5-1'), { recursive: true });
    writeFileSync(join(paths.sessions, 'session-5-1', 'session.json'), '{');
    expect(sessions.list().map(({ session_id }) => session_id)).toEqual([id]);
  });

  it('lists the one last used first', async () => {
    const { sessions } = open();
    const ids = ['session-1-1', 'session-1-2', 'session-1-3'];
    const used = ['2026-11-20T10:00:00Z', '2026-11-20T12:00:00Z', '2026-11-20T11:00:00Z'];
    for (const [index, session_id] of ids.entries())
      await sessions.create(sessionOf('/w', { session_id, last_used_at: used[index] ?? '' }));
    expect(sessions.list().map(({ session_id }) => session_id)).toEqual([ids[1], ids[2], ids[0]]);
  });
});

describe('the current session of a chat', () => {
  it('is one per chat and topic, and none once it has ended', async () => {
    const { sessions } = open();
    await sessions.create(sessionOf('/w'));
    expect(sessions.current(here)).toBeNull();
    await sessions.setCurrent(here, id);
    expect(sessions.current(here)?.session_id).toBe(id);
    expect(sessions.current({ ...here, thread_id: 7 })).toBeNull();
    await sessions.end(id, 'user', at);
    expect(sessions.current(here)).toBeNull();
    await sessions.setCurrent(here, null);
    expect(sessions.current(here)).toBeNull();
  });
});

describe('a record', () => {
  it('is read as it was written', () => {
    expect(parseSession(renderSession(sessionOf('/w')), 'x')).toEqual(sessionOf('/w'));
  });

  it.each([
    ['{', 'not readable as JSON'],
    ['{"schema_version":2}', 'newer ccdispatch'],
    ['{"schema_version":1}', "not a session's record"],
  ])('%s is refused', (text, fault) => {
    expect(() => parseSession(text, '/h/session.json')).toThrow(fault);
  });
});

describe('a name', () => {
  it.each([
    ['website', 'website'],
    ['  zwei  Worte ', 'zwei Worte'],
    ['网站', '网站'],
  ])('%j is kept', (given, kept) => {
    expect(checkSessionName(given)).toBe(kept);
  });

  it.each([
    ['x'.repeat(300), 'more than 64'],
    ['a/b', 'slash'],
    ['a\\b', 'slash'],
    ['a\u0007b', 'control character'],
    ['   ', 'no visible character'],
  ])('%j is refused', (given, fault) => {
    expect(() => checkSessionName(given)).toThrow(fault);
  });
});
