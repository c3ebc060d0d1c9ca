/** FIFOs as a port: named pipes that an agent reads its input from, written without ever blocking. */

import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../errors/errors.ts';

/** How far a text got. */
export interface FifoWrite {
  /** Bytes that the pipe took. */
  written: number;
  /** Whether that was the whole text. */
  isWhole: boolean;
}

export interface Fifos {
  /** Makes a FIFO that only we may open; throws `EEXIST` where something is there. */
  make(path: string): Promise<void>;
  /**
   * Writes the text in pieces, as the reader takes them, and gives up after `timeoutMs` without room for more. Nobody needs
   * to have it open: a text for a reader that is dead is taken and lost.
   */
  write(path: string, text: string, timeoutMs: number): Promise<FifoWrite>;
}

/** The kernel takes so much whole or not at all (`PIPE_BUF`; 512 is what POSIX guarantees, Linux and macOS take more). */
const pieceBytes = 512;
const firstPauseMs = 1;
const longestPauseMs = 50;

async function make(path: string): Promise<void> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
  } catch (error) {
    const isTaken = /File exists/.test(String((error as { stderr?: string }).stderr));
    throw isTaken ? Object.assign(new Error(`${path} is there already`, { cause: error }), { code: 'EEXIST' }) : error;
  }
}

/** Bytes that the pipe took: 0 where it is full. */
function writePiece(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return 0;
    throw error;
  }
}

async function write(path: string, text: string, timeoutMs: number): Promise<FifoWrite> {
  const bytes = Buffer.from(text);
  // Blocking writes would each hold one of the few threads that do all of Node's file work.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    let written = 0;
    let pauseMs = firstPauseMs;
    for (let movedAt = performance.now(); written < bytes.length; ) {
      const taken = writePiece(fd, bytes.subarray(written, written + pieceBytes));
      written += taken;
      if (taken > 0) {
        movedAt = performance.now();
        pauseMs = firstPauseMs;
        continue;
      }
      if (performance.now() - movedAt >= timeoutMs) return { written, isWhole: false };
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    return { written, isWhole: true };
  } finally {
    closeSync(fd);
  }
}

export const namedPipes: Fifos = { make, write };
