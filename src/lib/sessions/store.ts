/** Session folders on disk: made whole or not at all, changed only under the session's lock; and which one a chat talks to. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { fail, systemCode } from '../errors/errors.ts';
import { parseSessionId } from '../format/session-id.ts';
import { createReadings } from '../format/stamp.ts';
import { localChat } from '../format/task-id.ts';
import { parseSession, renderSession, type Session } from './record.ts';

/** Longer than an agent may take to leave. */
const lockTimeoutMs = 20_000;

/** A chat, or a topic of it. */
export interface SessionPlace {
  telegram_group: string | null;
  thread_id: number | null;
  /** Whose place it is, in a group where each person has sessions of his own; absent: everybody's there. */
  person?: string;
}

/** How a session came to its end now, or that it had ended before. */
export type SessionEnd = 'ended' | 'ended-before';

/** A session under its lock: what may be done to it before the lock is given up. */
export interface HeldSession {
  readonly session: Session;
  save(session: Session): Promise<void>;
}

export interface SessionStore {
  /** Makes the session's folder in one step; false where there is one of that id already. */
  create(session: Session): Promise<boolean>;
  exists(sessionId: string): boolean;
  /** Throws `not-found`, or `failed` for a broken record. */
  load(sessionId: string): Session;
  /** Every session that can be read, the one last used first. A record that has not changed is given as the same object. */
  list(): Session[];
  /** Several steps under the session's lock. No network, no waiting for people. */
  hold<T>(sessionId: string, purpose: string, work: (held: HeldSession) => Promise<T>): Promise<T>;
  /**
   * Changes the record under the session's lock; what `change` gives null for stays as it is. Gives the record as it is
   * afterwards.
   */
  change(sessionId: string, purpose: string, change: (session: Session) => Session | null): Promise<Session>;
  /** Ends it, once, whoever is first; its process is ended by who drives it. */
  end(sessionId: string, reason: string, at: string): Promise<SessionEnd>;
  /** The session that the chat's plain messages go to; null where there is none, or it has ended. */
  current(place: SessionPlace): Session | null;
  setCurrent(place: SessionPlace, sessionId: string | null): Promise<void>;
  /** Several steps about the place's current session, one after the other for all who do so. */
  holdPlace<T>(place: SessionPlace, purpose: string, work: () => Promise<T>): Promise<T>;
  /** Removes the folder of an ended session. */
  remove(sessionId: string): Promise<void>;
}

export interface SessionStoreParts {
  files: Files;
  locks: Locks;
  paths: Paths;
}

const recordOf = (paths: Paths, sessionId: string) => join(paths.session(sessionId), 'session.json');

function load({ files, paths }: SessionStoreParts, sessionId: string): Session {
  const path = recordOf(paths, sessionId);
  const text = files.read(path);
  if (text !== null) return parseSession(text, path);
  return fail('not-found', `There is no session ${sessionId}.`, 'See them with: ccdispatch sessions list');
}

async function hold<T>(
  parts: SessionStoreParts,
  sessionId: string,
  purpose: string,
  work: (held: HeldSession) => Promise<T>,
): Promise<T> {
  const { files, locks, paths } = parts;
  // Looked at first: a lock would put a folder that was removed back.
  load(parts, sessionId);
  const lock = await locks.take(join(paths.session(sessionId), '.lock'), purpose, lockTimeoutMs);
  try {
    let session = load(parts, sessionId);
    return await work({
      get session() {
        return session;
      },
      async save(changed) {
        await files.replace(recordOf(paths, sessionId), renderSession(changed));
        session = changed;
      },
    });
  } finally {
    lock.release();
  }
}

function change(
  parts: SessionStoreParts,
  sessionId: string,
  purpose: string,
  how: (session: Session) => Session | null,
): Promise<Session> {
  return hold(parts, sessionId, purpose, async (held) => {
    const changed = how(held.session);
    if (changed) await held.save(changed);
    return held.session;
  });
}

let creations = 0;

async function create({ files, paths }: SessionStoreParts, session: Session): Promise<boolean> {
  const folder = paths.session(session.session_id);
  if (files.stat(folder)) return false;
  const temporary = join(paths.sessions, `.tmp-${session.session_id}-${process.pid}-${creations++}`);
  try {
    files.makeFolder(temporary);
    await files.writePlain(join(temporary, 'session.json'), renderSession(session));
    await files.moveFolder(temporary, folder);
    return true;
  } catch (error) {
    files.remove(temporary);
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * The sessions that can be read. Whoever looks after them does so every few seconds, and most have ended long ago: a record
 * that did not change is not read again.
 */
function createListing(parts: SessionStoreParts): () => Session[] {
  const { files, paths } = parts;
  const known = createReadings<Session>(files);
  const read = (name: string): Session[] => {
    try {
      return [known.get(recordOf(paths, name), () => load(parts, name))];
    } catch {
      // One that is broken hides no other; `doctor` names it.
      return [];
    }
  };
  return () => {
    const names = files.list(paths.sessions).filter((name) => parseSessionId(name));
    known.retain(new Set(names.map((name) => recordOf(paths, name))));
    return names.flatMap(read).sort((a, b) => b.last_used_at.localeCompare(a.last_used_at));
  };
}

async function end(parts: SessionStoreParts, sessionId: string, reason: string, at: string): Promise<SessionEnd> {
  let isFirst = false;
  await change(parts, sessionId, 'end', (session) => {
    isFirst = session.ended_at === null;
    return isFirst ? { ...session, ended_at: at, end_reason: reason } : null;
  });
  return isFirst ? 'ended' : 'ended-before';
}

/** `current/<chat>~<topic>`, in some groups `current/<chat>~<topic>~<person>`: a file that holds a session's id. */
function placePath(paths: Paths, { telegram_group, thread_id, person }: SessionPlace): string {
  const name = `${telegram_group ?? localChat}~${thread_id ?? 0}${person === undefined ? '' : `~${person}`}`;
  return join(paths.sessions, 'current', name);
}

function current(parts: SessionStoreParts, place: SessionPlace): Session | null {
  const id = parts.files.read(placePath(parts.paths, place))?.trim();
  if (!id || !parseSessionId(id)) return null;
  try {
    const session = load(parts, id);
    return session.ended_at === null ? session : null;
  } catch {
    return null;
  }
}

async function setCurrent({ files, paths }: SessionStoreParts, place: SessionPlace, id: string | null): Promise<void> {
  const path = placePath(paths, place);
  if (id === null) files.remove(path);
  else await files.replace(path, `${id}\n`);
}

async function holdPlace<T>(
  { locks, paths }: SessionStoreParts,
  place: SessionPlace,
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await locks.take(`${placePath(paths, place)}.lock`, purpose, lockTimeoutMs);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function remove(parts: SessionStoreParts, sessionId: string): Promise<void> {
  const { files, locks, paths } = parts;
  if (load(parts, sessionId).ended_at === null) {
    fail('usage', `The session ${sessionId} is open.`, `End it first: ccdispatch sessions end ${sessionId}`);
  }
  const lock = await locks.take(join(paths.session(sessionId), '.lock'), 'remove', lockTimeoutMs);
  try {
    files.remove(paths.session(sessionId));
  } finally {
    lock.release();
  }
}

export function createSessionStore(parts: SessionStoreParts): SessionStore {
  return {
    create: (session) => create(parts, session),
    exists: (sessionId) => parts.files.stat(recordOf(parts.paths, sessionId)) !== null,
    load: (sessionId) => load(parts, sessionId),
    list: createListing(parts),
    hold: (sessionId, purpose, work) => hold(parts, sessionId, purpose, work),
    change: (sessionId, purpose, how) => change(parts, sessionId, purpose, how),
    end: (sessionId, reason, at) => end(parts, sessionId, reason, at),
    current: (place) => current(parts, place),
    setCurrent: (place, sessionId) => setCurrent(parts, place, sessionId),
    holdPlace: (place, purpose, work) => holdPlace(parts, place, purpose, work),
    remove: (sessionId) => remove(parts, sessionId),
  };
}
