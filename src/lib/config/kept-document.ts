/** The text of a file that people edit by hand, as a document: checked, with the line of its first fault, and written as people write. */

import type * as z from 'zod/mini';
import { type JsonFault, type LocatedJson, parseLocatedJson } from '../format/located-json.ts';
import { mistypedField } from '../format/mistyped.ts';

/** An object of the document whose fields people may mistype. */
export interface FieldPlace {
  path: readonly string[];
  /** The fields that it can have. */
  known: readonly string[];
  /** The object; nothing where there is none. */
  entry: object | null | undefined;
}

export interface DocumentKind<Document> {
  schema: z.ZodMiniType<Document>;
  places(document: Document): readonly FieldPlace[];
  /** What people call fields of ours, spelt with small letters alone: passed over they would silently mean nothing. */
  otherWords: Readonly<Record<string, string>>;
}

function findMistyped(places: readonly FieldPlace[], otherWords: Readonly<Record<string, string>>, json: LocatedJson) {
  for (const { path, known, entry } of places) {
    const found = mistypedField(Object.keys(entry ?? {}), known, otherWords);
    if (!found) continue;
    const what = `${[...path, found.field].join('.')}: is no field, perhaps ${found.meant} is meant`;
    return { line: json.lineOf([...path, found.field]), what };
  }
  return null;
}

/** The document, or its first fault with its line. Unknown fields are kept; no value is quoted in a fault. */
export function parseDocument<Document>(
  text: string,
  { schema, places, otherWords }: DocumentKind<Document>,
): { document: Document } | { fault: JsonFault } {
  const json = parseLocatedJson(text);
  if ('fault' in json) return json;
  const parsed = schema.safeParse(json.value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = (issue?.path ?? []) as (string | number)[];
    // A bad key is reported with the rule that it breaks inside.
    const inner = issue?.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
    const what = `${path.join('.') || 'the whole'}: ${inner ?? issue?.message ?? 'is faulty'}`;
    return { fault: { line: json.lineOf(path), what } };
  }
  // As it was read: the check would change the order of the fields.
  const document = json.value as Document;
  const fault = findMistyped(places(document), otherWords, json);
  return fault ? { fault } : { document };
}

/** The document as it is written: as people write it, two blanks deep. */
export function renderDocument(document: object): string {
  return `${JSON.stringify({ schema_version: 1, ...document }, null, 2)}\n`;
}
