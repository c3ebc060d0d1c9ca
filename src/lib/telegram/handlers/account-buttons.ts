/** The buttons of an account, and what each does. */

import type { Account } from '../../accounts/record.ts';
import { type Button, encodePress } from '../../notifications/buttons.ts';

/** What a button of an account does: `show`, `enable`, …; a number is the priority that it is to have. */
const verbs = {
  s: 'show',
  e: 'enable',
  d: 'disable',
  r: 'reset',
  u: 'statistics',
  x: 'remove',
  y: 'removeYes',
  p: 'priority',
  t: 'test',
} as const;
export type AccountVerb = (typeof verbs)[keyof typeof verbs];

/** The verb that a button carries under this letter; null for none. */
export function accountVerb(code: string): AccountVerb | null {
  return Object.hasOwn(verbs, code) ? verbs[code as keyof typeof verbs] : null;
}

export function accountButton(text: string, verb: AccountVerb, { name }: Pick<Account, 'name'>, value = ''): Button {
  const code = Object.entries(verbs).find(([, one]) => one === verb)?.[0] ?? '';
  const detail = `${code}${value}-${name}`;
  return { text, callback_data: encodePress({ action: 'account', taskId: null, run: 0, detail }) };
}
