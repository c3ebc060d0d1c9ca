/** The tables of sentences: whole in every language. */

import { expect, it } from 'vitest';
import { textsOf } from '../../../src/lib/notifications/languages.ts';
import { waitingCodes } from '../../../src/lib/notifications/notification.ts';
import { noteCodes, reasonCodes } from '../../../src/lib/notifications/texts.ts';

/** Paths of all entries of a table, with whether each says something. */
function entries(table: object, path = ''): [string, boolean][] {
  return Object.entries(table).flatMap(([name, value]): [string, boolean][] => {
    if (typeof value === 'object' && value !== null) return entries(value, `${path}${name}.`);
    return [[path + name, typeof value === 'function' || value === null || value.trim() !== '']];
  });
}

it('says in Chinese all that it says in English', () => {
  const english = entries(textsOf('en'));
  const chinese = entries(textsOf('zh'));
  expect(english.map(([path]) => path).sort()).toEqual(chinese.map(([path]) => path).sort());
  expect([...english, ...chinese].filter(([, isSaid]) => !isSaid)).toEqual([]);
});

it('has a sentence for every code', () => {
  for (const language of ['en', 'zh'] as const) {
    const texts = textsOf(language);
    for (const code of reasonCodes) expect(texts.reasons[code]).toBeTruthy();
    for (const code of noteCodes) expect(texts.notes[code]).toBeTruthy();
    const known = [...Object.keys(texts.waiting), 'resume_at', 'at', 'after'];
    expect(known.sort()).toEqual([...waitingCodes].sort());
  }
});

it('is written in the language it is for', () => {
  const han = /\p{Script=Han}/u;
  const { reasons, notes, outcomes, waiting } = textsOf('zh');
  for (const text of Object.values({ ...reasons, ...notes, ...outcomes, ...waiting })) expect(text).toMatch(han);
  const outcome = (each: 'failed' | 'cancelled' | 'gone') => textsOf('zh').afterCameOut('a', 'task-1-2', each);
  for (const each of ['failed', 'cancelled', 'gone'] as const) expect(outcome(each)).toMatch(han);
  expect(JSON.stringify(textsOf('en'))).not.toMatch(han);
});
