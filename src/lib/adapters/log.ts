/** The log as a port: JSON lines in `logs/`, rotated by size, secrets masked. */

import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Redact } from '../errors/redact.ts';

export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** For code that runs where nobody keeps a log. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A log that is opened when there is time for it; what is said before is written then. */
export function openLater(open: () => Promise<Log>): Log {
  const early: ((log: Log) => void)[] = [];
  let opened: Log | undefined;
  const say = (line: (log: Log) => void) => {
    if (opened) return line(opened);
    early.push(line);
    if (early.length > 1) return;
    setImmediate(async () => {
      opened = await open().catch(() => silentLog);
      for (const waiting of early) waiting(opened);
    });
  };
  return {
    debug: (fields, message) => say((log) => log.debug(fields, message)),
    info: (fields, message) => say((log) => log.info(fields, message)),
    warn: (fields, message) => say((log) => log.warn(fields, message)),
    error: (fields, message) => say((log) => log.error(fields, message)),
  };
}

const maxBytes = 5 * 1024 * 1024;
const kept = 3;

function rotate(path: string): void {
  if (!existsSync(path) || statSync(path).size < maxBytes) return;
  for (let n = kept - 1; n >= 1; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  renameSync(path, `${path}.1`);
}

/**
 * Opens a log file (made when missing; beyond 5 MB it becomes `.1`, three old ones are kept). Every line passes the redactor.
 * A log that cannot be written is no reason to stop: its errors are dropped.
 */
export async function openLog(path: string, redact: Redact): Promise<Log> {
  const { destination, pino, stdTimeFunctions } = (await import('pino')).default;
  let file: ReturnType<typeof destination>;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rotate(path);
    file = destination({ dest: path, sync: true, mode: 0o600 });
  } catch {
    return silentLog;
  }
  file.on('error', () => {});
  let lines = 0;
  const stream = {
    write(line: string) {
      if (++lines % 500 === 0) {
        try {
          rotate(path);
          file.reopen();
        } catch {
          // goes on in the old file
        }
      }
      file.write(redact(line));
    },
  };
  const logger = pino(
    {
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      level: process.env.CCDISPATCH_LOG_LEVEL || 'info',
    },
    stream,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
