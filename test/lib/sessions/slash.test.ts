// Which messages reach an agent as a command of its own.

import { expect, it } from 'vitest';
import { guardSlash, isAllowedSlash } from '../../../src/lib/sessions/slash.ts';

const allowed = ['compact', '/Cost'];

it.each([
  ['/compact', '/compact'],
  ['  /COMPACT keep the plan', '  /COMPACT keep the plan'],
  ['/cost', '/cost'],
  ['/clear', 'Message: /clear'],
  ['/compactor', 'Message: /compactor'],
  ['/compact/x', 'Message: /compact/x'],
  ['\n /etc/hosts is broken', 'Message: /etc/hosts is broken'],
  ['//', 'Message: //'],
  ['see /clear', 'see /clear'],
  ['', ''],
])('%j becomes %j', (text, expected) => {
  expect(guardSlash(text, allowed)).toBe(expected);
  expect(isAllowedSlash(text, allowed)).toBe(expected === text && /^\s*\//.test(text));
});
