/** Follows a growing file line by line; a line counts once its end has been written. */

import type { Files } from '../adapters/files.ts';

export interface Tail {
  /** The whole lines that came since the last call. */
  read(): string[];
  /** What stands at the end without a newline. */
  rest(): string;
}

const blockBytes = 256 * 1024;
const newline = 10;

/** Starts at the beginning of the file, which need not exist yet. */
export function openTail(files: Files, path: string): Tail {
  let offset = 0;
  let rest: Buffer[] = [];
  // Kept over a read that fails.
  let lines: string[] = [];
  return {
    read() {
      for (;;) {
        const size = files.stat(path)?.size ?? 0;
        const block = files.readRange(path, offset, Math.min(blockBytes, Math.max(0, size - offset)));
        if (block.length === 0) {
          const found = lines;
          lines = [];
          return found;
        }
        offset += block.length;
        let from = 0;
        for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, from)) {
          rest.push(block.subarray(from, end));
          lines.push(Buffer.concat(rest).toString('utf8'));
          rest = [];
          from = end + 1;
        }
        if (from < block.length) rest.push(block.subarray(from));
      }
    },
    rest: () => Buffer.concat(rest).toString('utf8'),
  };
}
