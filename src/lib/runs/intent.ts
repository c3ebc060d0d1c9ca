/** What was asked of a run, written down before any signal is sent: it decides the outcome, whoever sees the end. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import { parseObject } from '../format/json.ts';

export interface Intent {
  /** `takeover`: another run goes on under another account. */
  kind: 'cancel' | 'pause' | 'timeout' | 'takeover';
  /** Becomes the task's reason: `user`, `timeout`, `limit`, … */
  reason: string;
  /** One sentence for people about why; null where the kind says all. */
  detail: string | null;
  /** ISO instant. */
  at: string;
  /** ISO instant at which a paused task goes on by itself; null or absent for never. */
  resume_at?: string | null;
  /** ISO instant at which the limit that it was paused for is reset; null or absent where nobody knows, or for another reason. */
  reset_at?: string | null;
}

const kinds: readonly Intent['kind'][] = ['cancel', 'pause', 'timeout', 'takeover'];

const intentPath = (runFolder: string) => join(runFolder, 'intent.json');

/** Writes the intent of a run; the first one stands, a later one returns false and changes nothing. */
export function saveIntent(files: Files, runFolder: string, intent: Intent): Promise<boolean> {
  return files.create(intentPath(runFolder), `${JSON.stringify(intent)}\n`);
}

/**
 * The same for what overrules a pause or a take-over: to cancel, or a person's own pause. Under the task's lock only: whoever concludes the
 * run looks at the intent under it once more.
 */
export async function overrulePause(files: Files, runFolder: string, intent: Intent): Promise<void> {
  const before = loadIntent(files, runFolder);
  if (before?.kind === 'pause' || before?.kind === 'takeover')
    await files.replace(intentPath(runFolder), `${JSON.stringify(intent)}\n`);
  else await saveIntent(files, runFolder, intent);
}

/** The intent of a run, or null. */
export function loadIntent(files: Files, runFolder: string): Intent | null {
  const intent = parseObject<Intent>(files.read(intentPath(runFolder)));
  return intent?.kind && kinds.includes(intent.kind) ? (intent as Intent) : null;
}
