/** Records of our own on disk: the kinds of fields that all of them have, and how their text is read. */

import * as z from 'zod/mini';
import { CcdispatchError, fail } from '../errors/errors.ts';

/** An ISO instant. */
export const instant = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT/));

/** A field that may be null, and that older records do not have. */
export const optional = <T extends z.ZodMiniType>(type: T) => z._default(z.nullable(type), null);

/** A record that a later version of this program wrote: it is whole, and stays where it is. */
export class NewerRecord extends CcdispatchError {
  constructor(path: string, version: number) {
    super(
      'failed',
      `${path} was written by a newer ccdispatch (record version ${version}).`,
      'Update ccdispatch on this machine.',
    );
  }
}

const next = 'Look at the file; ccdispatch doctor names every broken one.';

/**
 * The record in a file's text; `what` names it for people: `a task record`. Throws `failed` for text that is none (cut in half,
 * not JSON, of another shape), and {@link NewerRecord}.
 */
export function parseRecord<S extends z.ZodMiniType>(json: string, path: string, what: string, schema: S): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return fail('failed', `${path} is not readable as JSON.`, next, { cause: error });
  }
  const version = (value as { schema_version?: unknown } | null)?.schema_version;
  if (typeof version === 'number' && version > 1) throw new NewerRecord(path, version);
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const issue = found.error.issues[0];
  const fault = `${issue?.path.join('.') || 'whole'}: ${issue?.message ?? 'invalid'}`;
  return fail('failed', `${path} is not ${what}: ${fault}.`, next);
}

/** The record as it is written to disk. */
export function renderRecord(record: object): string {
  return `${JSON.stringify(record, null, 1)}\n`;
}
