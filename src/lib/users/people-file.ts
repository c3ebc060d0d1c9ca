/** `users.json` on disk: read afresh whenever it changed, and its last good copy kept for when somebody mistypes. */

import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { emptyDocument, parseUsers, renderUsers, type UsersDocument } from './record.ts';

/** What is wrong with the file. As long as it is, the last good copy counts, and nothing can be changed. */
export interface PeopleFault {
  path: string;
  /** Null where the file as a whole is missing. */
  line: number | null;
  what: string;
  /** Whether there is a good copy; without one nobody is known. */
  hasCopy: boolean;
}

export interface People {
  document: UsersDocument;
  fault: PeopleFault | null;
}

export interface PeopleFile {
  read(): People;
  /**
   * Changes the document under the lock of the file. `plan` gives the new one, or null for no change; `before` is called
   * once it is certain that it will be written. Throws `config` where the file is faulty.
   */
  edit<T>(plan: (document: UsersDocument) => Edit<T>): Promise<T>;
  /** Does something under the lock of the file, without changing it. */
  hold<T>(purpose: string, work: () => Promise<T>): Promise<T>;
  /** Resolves when copies that are being made are on disk. */
  settled(): Promise<void>;
}

export interface Edit<T> {
  result: T;
  /** Null: nothing is to be written. */
  document: UsersDocument | null;
  /** What is to be on disk before the change. */
  before?: () => Promise<void>;
  /** What is to be there, if possible, where the change could not be written after that. */
  undone?: () => Promise<void>;
}

export interface PeopleFileParts {
  files: Files;
  locks: Locks;
  paths: Pick<Paths, 'users' | 'usersGood' | 'usersLock'>;
}

const lockTimeoutMs = 10_000;

/** The file's name, its line and its fault, for people. */
export function renderFault({ path, line, what, hasCopy }: PeopleFault): string {
  const place = line === null ? path : `${path}, line ${line}`;
  return `${place}: ${what}. ${hasCopy ? 'Until it is mended the last good copy counts' : 'There is no good copy of it, so nobody is let in'}, and nothing can be changed.`;
}

function refuse(fault: PeopleFault): never {
  const hint =
    fault.line === null
      ? `Put the last good copy in its place (cp ${fault.path}.good ${fault.path}), or remove both to begin anew.`
      : 'Mend the file; ccdispatch users list says whether it is good.';
  return fail('config', renderFault(fault), hint);
}

/** Throws `config` where the file is faulty and has no good copy: then a stranger cannot be told from anybody. */
export function refuseBlind({ fault }: People): void {
  if (fault?.hasCopy === false) refuse(fault);
}

/** What counts while the file is faulty. */
function readCopy({ files, paths }: PeopleFileParts, fault: Omit<PeopleFault, 'path' | 'hasCopy'>): People {
  const copy = files.read(paths.usersGood);
  const parsed = copy === null ? null : parseUsers(copy);
  const document = parsed && 'document' in parsed ? parsed.document : null;
  return {
    document: document ?? emptyDocument,
    fault: { path: paths.users, ...fault, hasCopy: document !== null },
  };
}

/** The new text, and what it says; throws `usage` for values that do not fit into the file. */
function renderChecked(document: UsersDocument): { text: string; document: UsersDocument } {
  const text = renderUsers(document);
  const parsed = parseUsers(text);
  if ('document' in parsed) return { text, document: parsed.document };
  return fail('usage', `This would not fit into the file: ${parsed.fault.what}.`, 'Give other values.');
}

export function createPeopleFile(parts: PeopleFileParts): PeopleFile {
  const { files, locks, paths } = parts;
  let known: { text: string; document: UsersDocument } | null = null;
  let copying: Promise<void> | null = null;

  function read(): People {
    const text = files.read(paths.users);
    if (text === null) {
      // An editor may be about to put the new file in place; and a removed one must not lift what it forbade.
      if (files.stat(paths.usersGood)) return readCopy(parts, { line: null, what: 'the file is gone' });
      return { document: emptyDocument, fault: null };
    }
    if (known?.text === text) return { document: known.document, fault: null };
    const parsed = parseUsers(text);
    if ('fault' in parsed) return readCopy(parts, parsed.fault);
    known = { text, document: parsed.document };
    if (files.read(paths.usersGood) !== text) keepCopy();
    return { document: parsed.document, fault: null };
  }

  /** Copies what is good now, whoever wrote it; a copy that cannot be made is made at the next change of the file. */
  function keepCopy(): void {
    copying ??= hold('keep a copy', async () => {
      const text = files.read(paths.users);
      if (text !== null && 'document' in parseUsers(text)) await files.replace(paths.usersGood, text);
    })
      .catch(() => {})
      .finally(() => {
        copying = null;
      });
  }

  async function hold<T>(purpose: string, work: () => Promise<T>): Promise<T> {
    const lock = await locks.take(paths.usersLock, purpose, lockTimeoutMs);
    try {
      return await work();
    } finally {
      lock.release();
    }
  }

  async function tryEdit<T>(plan: (document: UsersDocument) => Edit<T>): Promise<Edit<T> | null> {
    const before = files.read(paths.users);
    const { document, fault } = read();
    if (fault) return refuse(fault);
    const edit = plan(structuredClone(document));
    if (edit.document === null) return edit;
    const next = renderChecked(edit.document);
    // Somebody saved the file from an editor meanwhile.
    if (files.read(paths.users) !== before) return null;
    await edit.before?.();
    try {
      await files.replace(paths.users, next.text);
    } catch (error) {
      await edit.undone?.().catch(() => {});
      throw error;
    }
    await files.replace(paths.usersGood, next.text);
    known = next;
    return edit;
  }

  return {
    read,
    hold,
    edit: (plan) =>
      hold('change', async () => {
        for (let attempt = 0; attempt < 5; attempt++) {
          const edit = await tryEdit(plan);
          if (edit) return edit.result;
        }
        return fail('busy', `${paths.users} is being changed by somebody else.`, 'Try again in a moment.');
      }),
    async settled() {
      await copying;
    },
  };
}
