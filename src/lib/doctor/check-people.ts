/** Checks the file of users: a fault in it locks nobody out at once, so somebody has to be told of it. */

import { renderFault } from '../users/people-file.ts';
import type { Users } from '../users/store.ts';
import { error, type Finding, ok } from './finding.ts';

export function checkPeople(users: Pick<Users, 'fault' | 'list' | 'registrations'>): Finding[] {
  const fault = users.fault();
  if (fault) return [error(renderFault(fault), `Mend it in: $EDITOR ${fault.path}`)];
  const [known, asking] = [users.list().length, users.registrations().length];
  const waiting =
    asking === 0 ? '' : `; ${asking} ${asking === 1 ? 'asks' : 'ask'} to be let in (ccdispatch users list)`;
  return [ok(`Users of the bot: ${known}${waiting}`)];
}
