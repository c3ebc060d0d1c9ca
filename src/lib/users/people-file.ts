/** `users.json` on disk: a file that people edit by hand, whose faults lock nobody out and let nobody in. */

import {
  createKeptFile,
  type FileFault,
  type Kept,
  type KeptFile,
  type KeptFileParts,
  refuseFault,
  renderFileFault,
} from '../config/kept-file.ts';
import type { Paths } from '../config/paths.ts';
import { emptyDocument, parseUsers, renderUsers, type UsersDocument } from './record.ts';

export type PeopleFault = FileFault;
export type People = Kept<UsersDocument>;
export type PeopleFile = KeptFile<UsersDocument>;

const words = { withoutCopy: 'so nobody is let in', look: 'ccdispatch users list' };

/** The file's name, its line and its fault, for people. */
export function renderFault(fault: PeopleFault): string {
  return renderFileFault(fault, words.withoutCopy);
}

/** Throws `config` where the file is faulty and has no good copy: then a stranger cannot be told from anybody. */
export function refuseBlind({ fault }: People): void {
  if (fault?.hasCopy === false) refuseFault(fault, words);
}

export function createPeopleFile(
  parts: KeptFileParts & { paths: Pick<Paths, 'users' | 'usersGood' | 'usersLock'> },
): PeopleFile {
  const { users, usersGood, usersLock } = parts.paths;
  return createKeptFile(parts, {
    ...words,
    path: users,
    goodPath: usersGood,
    lockPath: usersLock,
    empty: emptyDocument,
    parse: parseUsers,
    render: renderUsers,
  });
}
