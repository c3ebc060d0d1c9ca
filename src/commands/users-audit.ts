/** `ccdispatch users audit`: what was done to people's rights, and what was refused, the latest first. */

import type { App } from '../app.ts';
import { renderInstant } from '../lib/format/instant.ts';
import type { AuditLine } from '../lib/users/audit.ts';
import { countFlag } from './flags.ts';
import { coloursOf, printJson, printTable } from './output.ts';

export interface UsersAuditFlags {
  limit?: string;
  user?: string;
  json?: boolean;
}

/** `why=features missing=yolo,ali` */
function renderDetail(detail: AuditLine['detail']): string {
  const text = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : String(value);
  return Object.entries(detail ?? {})
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ');
}

export async function run(app: App, flags: UsersAuditFlags): Promise<void> {
  const limit = countFlag('--limit', flags.limit ?? '20');
  const users = await app.openUsers(await app.settings());
  const lines = users.audit(limit, flags.user === undefined ? undefined : ({ user }) => user === flags.user);
  if (flags.json) return printJson(app, lines);
  if (lines.length === 0) return app.terminal.say('Nothing was changed or refused.\n');
  const colours = await coloursOf(app);
  await printTable(
    app,
    [{ title: 'AT' }, { title: 'BY' }, { title: 'ACT' }, { title: 'USER' }, { title: 'DETAIL', canShrink: true }],
    lines.map(({ at, by, act, user, detail }) => [
      renderInstant(at),
      by,
      { text: act, paint: act === 'refused' ? colours.bad : colours.good },
      user,
      renderDetail(detail),
    ]),
  );
}
