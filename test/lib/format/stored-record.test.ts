// Records are read back as they were written; what is none says so, and one of a later version is told from it.

import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { instant, NewerRecord, optional, parseRecord, renderRecord } from '../../../src/lib/format/stored-record.ts';

const schema = z.object({ schema_version: z.literal(1), at: instant, note: optional(z.string()) });
const parse = (text: string) => parseRecord(text, '/home/thing.json', "a thing's record", schema);
const thing = { schema_version: 1, at: '2026-11-20T05:43:12.000Z' };

function refusalOf(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    return error;
  }
}

it('reads what was written, and what an older version left out', () => {
  expect(parse(renderRecord({ ...thing, note: 'x' }))).toEqual({ ...thing, note: 'x' });
  expect(parse(renderRecord(thing))).toEqual({ ...thing, note: null });
});

it.each([
  ['{"schema_version": 1', '/home/thing.json is not readable as JSON.'],
  ['null', "/home/thing.json is not a thing's record: whole: Invalid input."],
  [renderRecord({ ...thing, at: 'soon' }), "/home/thing.json is not a thing's record: at: Invalid input."],
])('refuses %j', (text, message) => {
  const error = refusalOf(text);
  expect(error).toMatchObject({ code: 'failed', message, hint: expect.stringContaining('doctor') });
  expect(error).not.toBeInstanceOf(NewerRecord);
});

it('says of a later version what to do', () => {
  const error = refusalOf(renderRecord({ ...thing, schema_version: 2, at: 5 }));
  expect(error).toBeInstanceOf(NewerRecord);
  expect(error).toMatchObject({
    code: 'failed',
    message: '/home/thing.json was written by a newer ccdispatch (record version 2).',
    hint: 'Update ccdispatch on this machine.',
  });
});
