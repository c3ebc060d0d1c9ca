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

/** Starts at byte `from` of the file, which need not exist yet. */
export function openTail(files: Files, path: string, from = 0): Tail {
  let offset = from;
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
        let start = 0;
        for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, start)) {
          rest.push(block.subarray(start, end));
          lines.push(Buffer.concat(rest).toString('utf8'));
          rest = [];
          start = end + 1;
        }
        if (start < block.length) rest.push(block.subarray(start));
      }
    },
    rest: () => Buffer.concat(rest).toString('utf8'),
  };
}
