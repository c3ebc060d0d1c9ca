// An object is read from a text, whatever else the text may hold.

import { expect, it } from 'vitest';
import { isObject, parseObject } from '../../../src/lib/format/json.ts';

it('reads an object', () => expect(parseObject('{"a": {"b": [1]}}')).toEqual({ a: { b: [1] } }));

it.each([null, '', ' ', '{', '{"a":', 'null', '1', '"text"', '[]', '[{}]', 'undefined'])('gives null for %j', (text) =>
  expect(parseObject(text)).toBeNull(),
);

it('tells objects from all else', () => {
  expect([{}, { a: 1 }, JSON.parse('{"__proto__": 1}')].every(isObject)).toBe(true);
  expect([null, undefined, [], 'text', 1, () => {}].some(isObject)).toBe(false);
});
