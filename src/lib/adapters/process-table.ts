/** The process table through `ps`, for systems without /proc. */

/** A process found by a variable in its environment. */
export interface FoundProcess {
  pid: number;
  value: string;
  /** It leads its process group: of the processes of a run, the agent itself. */
  isLeader: boolean;
}

function ps(args: string[]): string {
  try {
    return process.getBuiltinModule('node:child_process').execFileSync('ps', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch {
    return '';
  }
}

/** When the process started, as `ps` writes it; null where there is none or it is a zombie. */
export function startMarkByPs(pid: number): string | null {
  const line = ps(['-o', 'state=,lstart=', '-p', String(pid)]).trim();
  return line && !line.startsWith('Z') ? line.slice(line.indexOf(' ') + 1).trim() : null;
}

/** Processes whose environment, as `ps -E` shows it, holds `name` with one of the values. */
export function listByPs(name: string, values: ReadonlySet<string>): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const line of ps(['-axEww', '-o', 'pid=,pgid=,command=']).split('\n')) {
    const match = new RegExp(`^\\s*(\\d+)\\s+(\\d+) .*(?:^|\\s)${name}=(\\S+)`).exec(line);
    if (match && values.has(match[3] as string) && Number(match[1]) !== process.pid) {
      found.push({ pid: Number(match[1]), value: match[3] as string, isLeader: match[1] === match[2] });
    }
  }
  return found;
}
