// Finds the processes that belong to a test run, wherever they moved: by a word in their environment, arguments or folder.

import fs from 'node:fs';

export interface FoundProcess {
  pid: number;
  command: string;
}

/**
 * Lists the living processes that carry `word`, except children of `keeper` (the test runner's own workers) and itself.
 * Reads /proc, so it finds nothing on systems other than Linux.
 */
export function listProcessesWith(word: string, keeper: number): FoundProcess[] {
  if (!fs.existsSync('/proc/self/stat')) return [];
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const found = inspect(Number(name));
      if (!found || found.pid === keeper || found.parent === keeper) return [];
      return found.traces.some((trace) => trace.includes(word)) ? [{ pid: found.pid, command: found.command }] : [];
    });
}

/** What /proc says of one process; undefined when it is gone, a zombie, or another user's. */
function inspect(pid: number): { pid: number; parent: number; command: string; traces: string[] } | undefined {
  try {
    // The name in parentheses may hold spaces and parentheses itself; state and parent come after the last one.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const environment = fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
    return {
      pid,
      parent: Number(parent),
      command,
      traces: [environment, command, fs.readlinkSync(`/proc/${pid}/cwd`)],
    };
  } catch {
    return undefined;
  }
}
