/** What the doctor says about one thing. */

export type FindingLevel = 'ok' | 'warning' | 'error';

/** `hint` is what to type or do next; only what is fine needs none. */
export type Finding =
  | { level: 'ok'; what: string; hint: null }
  | { level: Exclude<FindingLevel, 'ok'>; what: string; hint: string };

export const ok = (what: string): Finding => ({ level: 'ok', what, hint: null });
export const warning = (what: string, hint: string): Finding => ({ level: 'warning', what, hint });
export const error = (what: string, hint: string): Finding => ({ level: 'error', what, hint });
