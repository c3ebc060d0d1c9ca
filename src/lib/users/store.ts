/** The people of an installation: who is known, what each may do, how it is changed, and what was changed and refused. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Edit } from '../config/kept-file.ts';
import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/schema.ts';
import { fail } from '../errors/errors.ts';
import { isUserId } from '../format/task-id.ts';
import { type Audit, type AuditLine, createAudit } from './audit.ts';
import { actOf, applyChange, type Before, isOwnChoice, isUnknown, type UserChange } from './change.ts';
import { createPeopleFile, type PeopleFault, refuseBlind } from './people-file.ts';
import { createQuotas, type QuotaOwner, type Quotas, type Used } from './quota.ts';
import { type Person, personOf, type Standing, type UserRecord, type UsersDocument } from './record.ts';
import { createRegistrations, type RegisterRequest, type Registration, type Registrations } from './registrations.ts';
import { mayAdminister } from './rights.ts';

/** Who a person at a shell is: the owner, who may do everything. */
export const shellUser = 'shell';

/** What became of the wish to be let in; `full`: too many wait for an answer already. */
export type Registered = 'asked' | 'pending' | 'known' | 'disabled' | 'full';

export interface Users {
  /** Who that is, allowed or not (`enabled`); null for a stranger. Reads the file afresh whenever it changed. */
  find(userId: string): Person | null;
  /** All who are known: those of the file, then those of the settings alone. */
  list(): Person[];
  /** What is wrong with `users.json`; null where nothing is. */
  fault(): PeopleFault | null;
  /**
   * Changes a person, durable when it returns, and gives him as he is then. What changes nothing leaves no trace. `by` is
   * `shell`, or the id of an enabled admin; anybody may choose his own language. Throws `not-allowed`, `not-found` for
   * a stranger who is neither let in nor kept out, and `config` while the file is faulty.
   */
  change(userId: string, change: UserChange, by: string): Promise<Person>;
  /** Who waits to be let in, oldest first. */
  registrations(): Registration[];
  /**
   * A stranger wants to be let in. `asked`: the admins are to be asked, at most once a day for a person; the same
   * `updateId` gives it again, for a replay after a crash.
   */
  register(request: RegisterRequest): Promise<Registered>;
  /**
   * Whether a stranger gets an answer: once a day, in a private chat. His first message of a day, in either kind of chat,
   * is noted in the audit log.
   */
  mayAnswerStranger(
    userId: string,
    chat?: { id: string; kind: 'private' | 'group' | 'channel' },
    updateId?: number | null,
  ): Promise<boolean>;
  /** Whether a stranger who asks again to be let in gets an answer: twice a day, whatever else he was answered. */
  mayAnswerAsking(userId: string): Promise<boolean>;
  quotas: Quotas;
  usedToday(person: Pick<QuotaOwner, 'id' | 'time_zone'>): Used;
  /** The latest lines of the audit log, the newest first. */
  audit(limit: number, filter?: (line: AuditLine) => boolean): AuditLine[];
  /** Writes a refusal into the audit log. */
  noteRefusal(userId: string, detail: Record<string, unknown>): Promise<void>;
  /** Resolves when nothing is being written in the background. */
  settled(): Promise<void>;
}

export interface UsersParts {
  files: Files;
  locks: Locks;
  clock: Pick<Clock, 'now'>;
  paths: Pick<Paths, 'users' | 'usersGood' | 'usersLock' | 'usage' | 'audit' | 'registrations'>;
  /** Looked at afresh each time: it may be a view of settings that follow their file. */
  settings: { readonly telegram: Pick<Settings['telegram'], 'allowedUserIds' | 'adminIds'> };
}

/** Who asks again is answered so often a day: enough to know that it came through, too little to be of use to a nuisance. */
const maxAskingAnswers = 2;

function checkId(userId: string): void {
  if (!isUserId(userId)) fail('usage', `"${userId}" is not a person's id.`, 'It is a number such as 123456789.');
}

interface Known {
  settings: UsersParts['settings'];
  audit: Audit;
  registrations: Registrations;
  quotas: Quotas;
}

function entryOf(users: UsersDocument['users'], userId: string): UserRecord | undefined {
  return Object.hasOwn(users, userId) ? users[userId] : undefined;
}

function standingOf(userId: string, { telegram }: UsersParts['settings']): Standing {
  if (telegram.adminIds.includes(userId)) return 'admin';
  return telegram.allowedUserIds.includes(userId) ? 'user' : null;
}

function personIn({ users }: UsersDocument, userId: string, settings: UsersParts['settings']): Person | null {
  return personOf(userId, entryOf(users, userId), standingOf(userId, settings));
}

/** Everybody's counter as it stands today, for those who look into the file. */
function showUsed(document: UsersDocument, { settings, quotas }: Known): void {
  for (const [id, entry] of Object.entries(document.users)) {
    const person = personIn(document, id, settings);
    if (!entry.quota || !person) continue;
    try {
      entry.quota = { ...entry.quota, used: quotas.usedToday(person).tasks };
    } catch {
      // A counter that cannot be read is told where it matters: at the next reservation.
    }
  }
}

interface ChangeRequest {
  userId: string;
  change: UserChange;
  by: string;
}

function mayChange(document: UsersDocument, { userId, change, by }: ChangeRequest, settings: UsersParts['settings']) {
  const asker = by === shellUser ? null : personIn(document, by, settings);
  // Choices of one's own are no administrative acts.
  const isOwn = by === userId && isOwnChoice(change) && asker?.enabled === true;
  return { isOwn, isAllowed: by === shellUser || isOwn || (asker !== null && mayAdminister(asker)) };
}

/** The document after the change, and the person in it; null for him where `by` may not do it. */
function planChange(known: Known, document: UsersDocument, request: ChangeRequest): Edit<UsersDocument, Person | null> {
  const { userId, change, by } = request;
  const { settings, registrations, audit } = known;
  const before: Before = {
    id: userId,
    entry: entryOf(document.users, userId),
    standing: standingOf(userId, settings),
    registeredAs: registrations.find(userId)?.name ?? null,
  };
  const { isOwn, isAllowed } = mayChange(document, request, settings);
  if (!isAllowed) return { result: null, document: null };
  if (isUnknown(before) && change.enabled === undefined) {
    return fail('not-found', `${userId} is not known.`, `Let him in first: ccdispatch users add ${userId}`);
  }
  const entry = applyChange(before, change);
  const next: UsersDocument = { ...document, users: { ...document.users, [userId]: entry } };
  const result = personIn(next, userId, settings);
  if (JSON.stringify(entry) === JSON.stringify(before.entry)) return { result, document: null };
  showUsed(next, known);
  if (isOwn) return { result, document: next };
  const line = { by, act: actOf(before, change), user: userId, detail: { ...change } };
  return {
    result,
    document: next,
    before: () => audit.add(line),
    undone: () => audit.add({ ...line, detail: { ...change, failed: true } }),
  };
}

export function createUsers(parts: UsersParts): Users {
  const { settings } = parts;
  const file = createPeopleFile(parts);
  const audit = createAudit(parts);
  const registrations = createRegistrations({ ...parts, isKnown: (userId) => find(userId) !== null });
  const quotas = createQuotas({ ...parts, timeZoneOf: (userId) => find(userId)?.time_zone ?? null });

  const find = (userId: string) => {
    const { document, fault } = file.read();
    // Without a good copy nobody can be told apart from those that the file keeps out.
    return fault?.hasCopy === false ? null : personIn(document, userId, settings);
  };
  const known: Known = { settings, audit, registrations, quotas };

  return {
    find,
    list() {
      const { document, fault } = file.read();
      if (fault?.hasCopy === false) return [];
      const { adminIds, allowedUserIds } = settings.telegram;
      const ids = new Set([...Object.keys(document.users), ...adminIds, ...allowedUserIds]);
      return [...ids].flatMap((id) => personIn(document, id, settings) ?? []);
    },
    fault: () => file.read().fault,
    async change(userId, change, by) {
      checkId(userId);
      const person = await file.edit((document) => planChange(known, document, { userId, change, by }));
      if (!person) {
        await audit.add({ by, act: 'refused', user: userId, detail: { why: 'not an admin', wanted: { ...change } } });
        return fail('not-allowed', 'Only admins change what people may do.', 'Ask an admin.');
      }
      if (change.enabled !== undefined) registrations.close(userId);
      return person;
    },
    registrations: registrations.list,
    async register(request) {
      checkId(request.userId);
      return await file.hold('register', async () => {
        refuseBlind(file.read());
        const person = find(request.userId);
        if (person) return person.enabled ? 'known' : 'disabled';
        const isNew = registrations.find(request.userId) === null;
        const outcome = await registrations.ask(request);
        if (outcome === 'asked' && isNew) {
          const detail = { name: registrations.find(request.userId)?.name ?? '' };
          await audit.add({ by: request.userId, act: 'register', user: request.userId, detail });
        }
        return outcome;
      });
    },
    async mayAnswerStranger(userId, chat = { id: userId, kind: 'private' }, updateId = null) {
      if (!isUserId(userId) || find(userId)) return false;
      const isPrivate = chat.kind === 'private';
      const event = updateId === null ? '' : String(updateId);
      const mark = await registrations.markToday(isPrivate ? userId : `${userId}.group`, event);
      if (mark !== 'new') return isPrivate && mark === 'own';
      await audit.add({ by: userId, act: 'refused', user: userId, detail: { why: 'unknown', chat: chat.id } });
      return isPrivate;
    },
    async mayAnswerAsking(userId) {
      if (!isUserId(userId) || find(userId)) return false;
      for (let count = 1; count <= maxAskingAnswers; count++) {
        if ((await registrations.markToday(`${userId}.asking-${count}`, '')) === 'new') return true;
      }
      return false;
    },
    quotas,
    usedToday: quotas.usedToday,
    audit: audit.latest,
    noteRefusal: (userId, detail) => audit.add({ by: userId, act: 'refused', user: userId, detail }),
    settled: file.settled,
  };
}
