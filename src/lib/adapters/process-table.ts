/** The process table through `ps`, for systems without /proc. */

/** A process found by a variable in its environment. */
export interface FoundProcess {
  pid: number;
  value: string;
  /** It leads its process group: of the processes of a run, the agent itself, and shells of its tools. */
  isLeader: boolean;
  /** What it, and those of its children that have ended, have used of the processor: clock ticks on Linux, else seconds. */
  cpuTime: number;
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

/** The seconds of `[days-][hours:]minutes:seconds`, as `ps` writes what a process has used of the processor. */
function secondsOf(time: string): number {
  const weights = [1, 60, 3600, 86_400];
  return time
    .split(/[-:]/)
    .reverse()
    .reduce((sum, part, index) => sum + Number(part) * (weights[index] ?? 0), 0);
}

/** Processes whose environment, as `ps -E` shows it, holds `name` with one of the values. */
export function listByPs(name: string, values: Pick<ReadonlySet<string>, 'has'>): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const line of ps(['-axEww', '-o', 'pid=,pgid=,time=,command=']).split('\n')) {
    const match = new RegExp(`^\\s*(\\d+)\\s+(\\d+)\\s+(\\S+) .*(?:^|\\s)${name}=(\\S+)`).exec(line);
    if (!match) continue;
    const [, pid, group, time, value] = match as unknown as [string, string, string, string, string];
    if (!values.has(value) || Number(pid) === process.pid) continue;
    found.push({ pid: Number(pid), value, isLeader: pid === group, cpuTime: secondsOf(time) });
  }
  return found;
}
