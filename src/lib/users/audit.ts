/** The audit log: one line for each administrative act and each refusal. It only grows; who archives it is a person. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';

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

const blockBytes = 64 * 1024;
const newline = 10;

/** The lines of a file, the last one first, read block by block. */
function* linesFromEnd(files: Files, path: string): Generator<string> {
  let rest = Buffer.alloc(0);
  for (let end = files.stat(path)?.size ?? 0; end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const block = Buffer.concat([files.readRange(path, start, end - start), rest]);
    // What stands before the first line's end belongs to the block before.
    const first = start === 0 ? 0 : block.indexOf(newline) + 1;
    if (first > 0 || start === 0) yield* block.subarray(first).toString('utf8').split('\n').reverse();
    rest = first > 0 ? block.subarray(0, first - 1) : block;
    end = start;
  }
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
      const line: AuditLine = { at: new Date(clock.now()).toISOString(), by, act, user, detail };
      const size = files.stat(path)?.size ?? 0;
      // A line torn by a crash must not swallow this one.
      const isTorn = size > 0 && files.readRange(path, size - 1, 1)[0] !== newline;
      await files.append(path, `${isTorn ? '\n' : ''}${JSON.stringify(line)}\n`);
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
