/** A session that a person works in at a terminal: a lock of its own says so, and a file asks him to give it back. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';

/** Held by the command that attached, and by the terminal program that it started: as long as either lives. */
export const attachLockOf = (paths: Pick<Paths, 'session'>, sessionId: string) =>
  join(paths.session(sessionId), '.attached');

export interface AttachParts {
  locks: Pick<Locks, 'isHeld'>;
  paths: Pick<Paths, 'session'>;
}

/** Whether a person works in it: two processes on one conversation would lose turns. */
export function isAttached({ locks, paths }: AttachParts, sessionId: string): boolean {
  return locks.isHeld(attachLockOf(paths, sessionId));
}

/** Who wants it back, and since when (ISO). */
export interface TakeBack {
  by: string;
  at: string;
}

const requestOf = (paths: Pick<Paths, 'session'>, sessionId: string) =>
  join(paths.session(sessionId), 'take-back.json');

type RequestParts = { files: Files; paths: Pick<Paths, 'session'> };

/** Asks for it; the terminal program is warned, and ended a little later. */
export async function askBack({ files, paths }: RequestParts, sessionId: string, request: TakeBack): Promise<void> {
  await files.create(requestOf(paths, sessionId), `${JSON.stringify(request)}\n`);
}

export function askedBack({ files, paths }: RequestParts, sessionId: string): TakeBack | null {
  try {
    return JSON.parse(files.read(requestOf(paths, sessionId)) ?? 'null') as TakeBack | null;
  } catch {
    return null;
  }
}

/** Forgets who asked: it has been given back, or is newly attached. */
export function forgetAsked({ files, paths }: RequestParts, sessionId: string): void {
  files.remove(requestOf(paths, sessionId));
}

/** So long the person at the terminal has after the warning. */
export const warnedMs = 10_000;
/** Whoever was to end the program then was killed himself: somebody else does. */
export const overdueMs = 3 * warnedMs;
