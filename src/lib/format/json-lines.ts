/** Files of one JSON object a line that only grow: appended to whole, and read from their ends. */

import type { Files } from '../adapters/files.ts';

const blockBytes = 64 * 1024;
const newline = 10;

/** Appends the text as a line, on disk when it returns. A line that was torn by a crash does not swallow it. */
export async function appendLine(files: Files, path: string, text: string): Promise<void> {
  const size = files.stat(path)?.size ?? 0;
  const isTorn = size > 0 && files.readRange(path, size - 1, 1)[0] !== newline;
  await files.append(path, `${isTorn ? '\n' : ''}${text}\n`);
}

/** The lines of a file, the last one first, read block by block; the piece after the last line break comes first, mostly empty. */
export function* linesFromEnd(files: Files, path: string): Generator<string> {
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
