/** Cautious looks into JSON of others: each gives the value if it is what is expected, else null. */

export type Json = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

/** An empty list for what is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function integerOf(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

/** An id as text; no id is 0. */
export function idOf(value: unknown): string | null {
  const id = integerOf(value);
  return id === null || id === 0 ? null : String(id);
}
