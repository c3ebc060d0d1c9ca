// Faults in JSON that people wrote are named with their lines; what is no fault is read as JSON.parse reads it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLocatedJson } from '../../../src/lib/format/located-json.ts';

function faultOf(text: string): string {
  const found = parseLocatedJson(text);
  return 'fault' in found ? `${found.fault.line}: ${found.fault.what}` : 'none';
}

const isFaulty = (text: string): boolean => {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
};

describe('a faulty text', () => {
  it.each([
    ['', '1: it ends too early; a bracket is missing'],
    ['\n\n', '1: it ends too early; a bracket is missing'],
    ['{\n "a": 1\n "b": 2\n}', '3: a comma or "}" is missing before this'],
    ['{\n "a": 1,\n}', '3: a comma is too much'],
    ['[\n 1,\n]', '3: a value is missing, or a comma is too much'],
    ['{"a": {\n "b": [1, 2}\n}', '2: a comma or "]" is missing before this'],
    ['{"a": {\n "b": 1\n', '2: it ends too early; a "}" is missing'],
    ['{\n\n "a": yes}', '3: this is no value; texts stand in double quotes'],
    ["{\n 'a': 1}", '2: a name in double quotes is missing'],
    ['{"a": "x\n"}', '1: a text does not end on its line'],
    ['{"a":\n"\t"}', '2: a text holds what must be written with a backslash'],
    ['{"a": "\\x"}', '1: a text holds what must be written with a backslash'],
    ['{"a" 1}', '1: a colon is missing after a name'],
    ['{"a": 01}', '1: this is no value; texts stand in double quotes'],
    ['{}\n}', '2: there is more after the end; a bracket too much?'],
    ['{"5": 1,\n "5": 2}', '2: the name "5" stands here for a second time'],
    ['{"a": 1,\n "\\u0061": 2}', '2: the name "a" stands here for a second time'],
    ['['.repeat(200), '1: it is nested too deep'],
  ])('%j: %s', (text, fault) => expect(faultOf(text)).toBe(fault));

  it('is one exactly where JSON.parse finds one, whatever was broken', () => {
    const broken = fc
      .tuple(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', '\\', '\n', ':', '0', 'e', '\u0001'),
      )
      .map(
        ([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), broken), (text) => {
        const fault = faultOf(text);
        if (!fault.includes('second time')) expect(fault !== 'none').toBe(isFaulty(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a good text', () => {
  it('has the value that JSON.parse gives it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseLocatedJson(text)).toMatchObject({ value: JSON.parse(text) });
      }),
    );
  });

  it('may begin with a byte order mark', () =>
    expect(parseLocatedJson('\ufeff{"a": 1}')).toMatchObject({ value: { a: 1 } }));

  it('tells the lines of its values, or of what is around one that is not there', () => {
    const found = parseLocatedJson('{\n "users": {\n  "5": {"quota":\n    {"daily": 1}},\n  "6": [1,\n 2]}}');
    if ('fault' in found) throw new Error(found.fault.what);
    const lines = [
      [],
      ['users'],
      ['users', '5'],
      ['users', '5', 'quota'],
      ['users', '6', 1],
      ['users', '5', 'role'],
      ['x'],
    ];
    expect(lines.map((path) => found.lineOf(path))).toEqual([1, 2, 3, 4, 6, 3, 1]);
  });
});
