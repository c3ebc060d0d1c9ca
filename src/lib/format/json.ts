/** JSON that may be anything: texts that are perhaps none, and values whose shape is not known. */

/** Whether a value is an object with fields: no list, and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object that a text holds; null for no text, for what is no JSON, and for what is none. Its fields are not checked. */
export function parseObject<T extends object>(text: string | null): Partial<T> | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as Partial<T>) : null;
  } catch {
    return null;
  }
}
