/** Other processes as a port: starting agents and workers, telling whether they live, and ending what is left of them. */

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { systemCode } from '../errors/errors.ts';
import { lockDescriptor } from './locks.ts';
import { type FoundProcess, listByPs, startMarkByPs } from './process-table.ts';

/** A process, told apart from a later one with the same number by the time it started. */
export interface ProcessId {
  pid: number;
  /** An opaque mark of the start: clock ticks since boot on Linux, a date elsewhere. */
  started: string;
}

export interface ExitStatus {
  /** Null where a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface SpawnRequest {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** The file that becomes standard input; a FIFO is opened for both ways, so that it has no end. */
  stdinPath: string;
  /**
   * The file that becomes standard output; made here. The child holds a kernel lock on it until it, and all that
   * inherited it, are gone: `Locks.isHeld` tells.
   */
  stdoutPath: string;
  stderrPath: string;
}

export interface Child {
  id: ProcessId;
  exited: Promise<ExitStatus>;
}

export interface DetachedRequest {
  command: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** Standard output and error are appended here. */
  logPath: string;
  /** A descriptor of ours that it gets as its own number 3. */
  handed?: number | undefined;
}

export interface Processes {
  /** Starts a program in a session of its own (setsid), without a shell; rejects with the system's error (`ENOENT`, `EACCES`). */
  start(request: SpawnRequest): Promise<Child>;
  /**
   * Starts a program that outlives us and shares no descriptor that we opened but the handed one. Its number, or null
   * where it could not be started.
   */
  startDetached(request: DetachedRequest): number | null;
  /**
   * Closes descriptors of who started us that came through to us: for a process that goes on for long, or a pipe that
   * somebody waits for would stay open as long. (Node itself hands on no low numbers, but all others.) `kept` stays.
   */
  closeInherited(kept?: number): void;
  /** Whether exactly this process runs; a zombie does not. */
  isAlive(id: ProcessId): boolean;
  /** The running process of this number, or null. */
  identify(pid: number): ProcessId | null;
  /** Signals a whole process group; false where there is none any more. */
  signalGroup(pid: number, signal: NodeJS.Signals): boolean;
  /** Signals one process; false where it is gone. */
  signal(pid: number, signal: NodeJS.Signals): boolean;
  /** Processes of ours whose environment holds `name` with one of the values; never this process itself. */
  findByEnv(name: string, values: Pick<ReadonlySet<string>, 'has'>): FoundProcess[];
  /** The same port for one home: what names another home is not found, though its task may have the same id. */
  ofHome(home: string): Processes;
}

interface LinuxStat {
  state: string;
  group: number;
  started: string;
  /** Clock ticks. */
  cpuTime: number;
}

/** What the kernel tells of a process in its `stat` (proc_pid_stat(5)); null where there is none. */
function linuxStat(pid: number): LinuxStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The program's name stands in parentheses and may itself hold blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // In user and in kernel mode, its own and that of children it has waited for.
  const cpuTime = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  return { state: fields[0] ?? '', group: Number(fields[2]), started: fields[19] ?? '', cpuTime };
}

const isLinux = process.platform === 'linux';

function identify(pid: number): ProcessId | null {
  if (!isLinux) {
    const started = startMarkByPs(pid);
    return started ? { pid, started } : null;
  }
  const stat = linuxStat(pid);
  return stat && stat.state !== 'Z' && stat.state !== 'X' ? { pid, started: stat.started } : null;
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    if (systemCode(error) === 'EPERM') return false;
    throw error;
  }
}

const homeKey = Buffer.from('CCDISPATCH_HOME=');

function findByEnv(name: string, values: Pick<ReadonlySet<string>, 'has'>, home: string | null): FoundProcess[] {
  if (!isLinux) return listByPs(name, values);
  const found: FoundProcess[] = [];
  const key = Buffer.from(`${name}=`);
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environ = readEnviron(pid);
    if (environ === null) continue;
    const value = variableIn(environ, key);
    if (value === null || !values.has(value)) continue;
    if (home !== null && (variableIn(environ, homeKey) ?? home) !== home) continue;
    const stat = linuxStat(pid);
    if (!stat || stat.state === 'Z') continue;
    found.push({ pid, value, isLeader: stat.group === pid, cpuTime: stat.cpuTime });
  }
  return found;
}

/** Enough for most; a longer environment is read into a buffer of its own. */
const environBuffer = Buffer.alloc(128 * 1024);

/**
 * The environment of a process, good until the next call; null where it is gone, or another user's. All processes are
 * looked at whenever a run ends, so this makes no buffer and reads no size.
 */
function readEnviron(pid: number): Buffer | null {
  try {
    const path = `/proc/${pid}/environ`;
    const fd = openSync(path, 'r');
    try {
      const length = readSync(fd, environBuffer, 0, environBuffer.length, 0);
      return length < environBuffer.length ? environBuffer.subarray(0, length) : readFileSync(path);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** The value of a variable in the kernel's form of an environment: `name=value` pairs, each ended by a zero byte. */
function variableIn(environ: Buffer, key: Buffer): string | null {
  for (let at = environ.indexOf(key); at >= 0; at = environ.indexOf(key, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue;
    const end = environ.indexOf(0, at);
    return environ.toString('utf8', at + key.length, end < 0 ? environ.length : end);
  }
  return null;
}

/** Loaded when it is needed: most commands start no process, and it takes a while to load. */
const loadChildProcess = () => process.getBuiltinModule('node:child_process');

async function start(request: SpawnRequest): Promise<Child> {
  // Opened for reading alone, a FIFO would keep us waiting for a writer, and end with its last one.
  const stdin = openSync(request.stdinPath, statSync(request.stdinPath).isFIFO() ? 'r+' : 'r');
  const stderr = openSync(request.stderrPath, 'a', 0o600);
  const stdout = openSync(request.stdoutPath, 'ax', 0o600);
  try {
    lockDescriptor(stdout);
    const child = loadChildProcess().spawn(request.command, [...request.args], {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: [stdin, stdout, stderr],
    });
    const exited = new Promise<ExitStatus>((resolve) =>
      child.once('exit', (code, signal) => resolve({ code, signal })),
    );
    const { pid } = child;
    if (pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
    child.on('error', () => {});
    // A worker that leaves does not wait for its agents.
    child.unref();
    // A program that is over at once has no start any more; its number alone then identifies nothing, which is right.
    return { id: identify(pid) ?? { pid, started: 'ended' }, exited };
  } finally {
    // Our own copies: from here on the child alone holds the lock.
    for (const fd of [stdin, stdout, stderr]) closeSync(fd);
  }
}

function startDetached(request: DetachedRequest): number | null {
  const log = openSync(request.logPath, 'a', 0o600);
  try {
    const child = loadChildProcess().spawn(request.command, [...request.args], {
      cwd: request.cwd,
      env: request.env,
      detached: true,
      stdio: ['ignore', log, log, ...(request.handed === undefined ? [] : [request.handed])],
    });
    child.on('error', () => {});
    child.unref();
    return child.pid ?? null;
  } finally {
    closeSync(log);
  }
}

/** A descriptor that programs we start do not get. */
const closeOnExec = 0o2000000;

function closeInherited(kept?: number): void {
  if (!isLinux) return;
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd <= 2 || fd === kept) continue;
    try {
      // Whatever Node opens is marked, so what is not came from outside.
      const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
      if ((Number.parseInt(flags, 8) & closeOnExec) === 0) closeSync(fd);
    } catch {
      // The descriptor that listed them is gone by now.
    }
  }
}

export const systemProcesses: Processes = {
  start,
  startDetached,
  closeInherited,
  identify,
  isAlive: (id) => identify(id.pid)?.started === id.started,
  signalGroup: (pid, signal) => send(-pid, signal),
  signal: send,
  findByEnv: (name, values) => findByEnv(name, values, null),
  ofHome: (home) => ({ ...systemProcesses, findByEnv: (name, values) => findByEnv(name, values, home) }),
};
