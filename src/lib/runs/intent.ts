/** What was asked of a run, written down before any signal is sent: it decides the outcome, whoever sees the end. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';

export interface Intent {
  kind: 'cancel' | 'pause' | 'timeout';
  /** Becomes the task's reason: `user`, `timeout`, … */
  reason: string;
  /** One sentence for people about why; null where the kind says all. */
  detail: string | null;
  /** ISO instant. */
  at: string;
}

const intentPath = (runFolder: string) => join(runFolder, 'intent.json');

/** Writes the intent of a run; the first one stands, a later one returns false and changes nothing. */
export function saveIntent(files: Files, runFolder: string, intent: Intent): Promise<boolean> {
  return files.create(intentPath(runFolder), `${JSON.stringify(intent)}\n`);
}

/** The intent of a run, or null. */
export function loadIntent(files: Files, runFolder: string): Intent | null {
  const text = files.read(intentPath(runFolder));
  if (text === null) return null;
  try {
    const intent = JSON.parse(text) as Intent;
    return ['cancel', 'pause', 'timeout'].includes(intent.kind) ? intent : null;
  } catch {
    return null;
  }
}
