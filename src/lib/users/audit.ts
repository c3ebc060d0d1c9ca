/** The audit log: one line for each administrative act and each refusal. It only grows; who archives it is a person. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { isoNow } from '../format/instant.ts';
import { appendLine, linesFromEnd } from '../format/json-lines.ts';

/** What happened to a person's rights, or what a person was refused. */
export type AuditAct =
  | 'add'
  | 'approve'
  | 'enable'
  | 'disable'
  | 'role'
  | 'quota'
  | 'allow'
  | 'deny'
  | 'change'
  | 'register'
  | 'refused';

export interface AuditLine {
  /** ISO instant. */
  at: string;
  /** A person's id, or `shell`. */
  by: string;
  act: AuditAct;
  /** The person it was done to, or who was refused. */
  user: string;
  /** What changed, or what was asked for and why it was refused. */
  detail: Record<string, unknown>;
}

export interface Audit {
  /** Appends a line, on disk when it returns. */
  add(line: Omit<AuditLine, 'at'>): Promise<void>;
  /** The latest lines that pass the filter, the newest first. */
  latest(limit: number, filter?: (line: AuditLine) => boolean): AuditLine[];
}

export interface AuditParts {
  files: Files;
  paths: Pick<Paths, 'audit'>;
  clock: Pick<Clock, 'now'>;
}

/** A torn or foreign line gives null. */
function parseLine(text: string): AuditLine | null {
  try {
    const line = JSON.parse(text) as AuditLine;
    return typeof line?.at === 'string' && typeof line.act === 'string' ? line : null;
  } catch {
    return null;
  }
}

export function createAudit({ files, paths, clock }: AuditParts): Audit {
  const path = paths.audit;
  return {
    async add({ by, act, user, detail }) {
      const line: AuditLine = { at: isoNow(clock), by, act, user, detail };
      await appendLine(files, path, JSON.stringify(line));
    },
    latest(limit, filter = () => true) {
      const found: AuditLine[] = [];
      if (limit < 1) return found;
      for (const text of linesFromEnd(files, path)) {
        const line = text ? parseLine(text) : null;
        if (line && filter(line) && found.push(line) >= limit) break;
      }
      return found;
    },
  };
}
