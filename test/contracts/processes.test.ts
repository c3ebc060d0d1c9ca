// What the port to other processes must do: agents start as they are asked to, and none is taken for another.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { type Child, systemProcesses as processes, type SpawnRequest } from '../../src/lib/adapters/processes.ts';
import { makeHome } from '../support/home.ts';
import { until } from '../support/until.ts';
import { useAdapterProcess } from './adapter-programs.ts';

let folder: string;
let request: SpawnRequest;
let mark: string;

beforeEach(() => {
  folder = makeHome().outside;
  mark = `mark-${path.basename(path.dirname(folder))}`;
  const file = (name: string) => path.join(folder, name);
  fs.writeFileSync(file('in'), 'what was asked');
  request = {
    command: 'sh',
    args: [],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', MARK: mark },
    stdinPath: file('in'),
    stdoutPath: file('out'),
    stderrPath: file('err'),
  };
});

const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
const marked = () => processes.findByEnv('MARK', new Set([mark]));

/** Starts a shell script as an agent would be started; what is left of it goes with the test. */
async function start(script: string, fields: Partial<SpawnRequest> = {}): Promise<Child> {
  onTestFinished(() => {
    for (const { pid } of marked()) processes.signal(pid, 'SIGKILL');
  });
  return await processes.start({ ...request, args: ['-c', script], ...fields });
}

describe('start', () => {
  it('gives the program its input, folder and environment, and nothing else', async () => {
    const child = await start('cat; echo; pwd; env | cut -d= -f1 | sort | tr "\\n" " "; echo oh >&2; exit 7');
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(read('out').replace(/ (_|PWD|OLDPWD|SHLVL)\b/g, '')).toBe(`what was asked\n${folder}\nMARK PATH `);
    expect(read('err')).toBe('oh\n');
    expect(
      [fs.statSync(request.stdoutPath).mode, fs.statSync(request.stderrPath).mode].map((mode) => mode & 0o777),
    ).toEqual([0o600, 0o600]);
  });

  it('lets no shell read the arguments', async () => {
    const args = ['$HOME', '`id`', '; touch hacked', 'a b', '"', '\n'];
    const child = await start('', { command: 'printf', args: ['[%s]', ...args] });
    await child.exited;
    expect(read('out')).toBe(args.map((arg) => `[${arg}]`).join(''));
    expect(fs.existsSync(path.join(folder, 'hacked'))).toBe(false);
  });

  it('puts the program into a session of its own', async () => {
    const child = await start('exec sleep 30');
    const stat = fs.readFileSync(`/proc/${child.id.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    expect([stat[2], stat[3]]).toEqual([String(child.id.pid), String(child.id.pid)]);
    expect(processes.signalGroup(child.id.pid, 'SIGTERM')).toBe(true);
    expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('lets the output be locked until the program and all it started are gone', async () => {
    const child = await start('sleep 30 & echo started; exit 0');
    await child.exited;
    expect(kernelLocks.isHeld(request.stdoutPath)).toBe(true);
    const [left] = marked();
    processes.signal(left?.pid ?? 0, 'SIGKILL');
    await until('the lock to be free', () => !kernelLocks.isHeld(request.stdoutPath));
    expect(read('out')).toBe('started\n');
  });

  it('lets the output be locked by the program alone, not by us', async () => {
    const child = await start('exec sleep 30');
    expect(kernelLocks.isHeld(request.stdoutPath)).toBe(true);
    processes.signal(child.id.pid, 'SIGKILL');
    await child.exited;
    expect(kernelLocks.isHeld(request.stdoutPath)).toBe(false);
  });

  it('never writes into the output of another run', async () => {
    fs.writeFileSync(request.stdoutPath, 'old');
    await expect(start('echo new')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(read('out')).toBe('old');
  });

  it.each([
    ['is not there', { command: '/nowhere/agent' }, 'ENOENT'],
    ['may not be executed', { command: '/etc/passwd' }, 'EACCES'],
    ['has no folder to work in', { cwd: '/nowhere' }, 'ENOENT'],
  ])('tells when the program %s', async (_kind, fields, code) => {
    await expect(start('', fields)).rejects.toMatchObject({ code });
    expect(kernelLocks.isHeld(request.stdoutPath)).toBe(false);
  });
});

describe('a process', () => {
  it('is known by number and start', async () => {
    const child = await start('exec sleep 30');
    expect(processes.identify(child.id.pid)).toEqual(child.id);
    expect(processes.isAlive(child.id)).toBe(true);
    expect(processes.isAlive({ ...child.id, started: 'earlier' })).toBe(false);
    expect(processes.identify(process.pid)?.pid).toBe(process.pid);
    processes.signal(child.id.pid, 'SIGKILL');
    await child.exited;
    expect([processes.isAlive(child.id), processes.identify(child.id.pid)]).toEqual([false, null]);
  });

  it('that is a zombie is not alive', async () => {
    // The program that takes the shell's place never asks how the shell's child ended.
    const parent = await start('sh -c "echo \\$\\$" & exec sleep 30');
    const pid = Number(await until('the number of the zombie', () => read('out').trim()));
    await until('the zombie', () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
    expect([processes.identify(pid), marked().map((found) => found.pid)]).toEqual([null, [parent.id.pid]]);
    // It still takes signals, so a signal alone would not tell.
    expect(processes.signal(pid, 'SIGCONT')).toBe(true);
  });

  it('whose name is odd is read right', async () => {
    const odd = path.join(folder, 'a) Z (b');
    fs.copyFileSync('/bin/sleep', odd);
    fs.chmodSync(odd, 0o755);
    const child = await start('', { command: odd, args: ['30'] });
    expect(processes.identify(child.id.pid)).toEqual(child.id);
    expect(child.id.started).toMatch(/^\d+$/);
  });

  it('that is gone takes no signal', async () => {
    const child = await start('exit 0');
    await child.exited;
    expect(processes.signal(child.id.pid, 'SIGTERM')).toBe(false);
    expect(processes.signalGroup(child.id.pid, 'SIGTERM')).toBe(false);
  });
});

describe('findByEnv', () => {
  it('finds all that carry the value, wherever they went, and says who leads a group', async () => {
    const child = await start('setsid sleep 30 & sleep 31 & exec sleep 32');
    // The second leader becomes one a moment after it was started.
    const leaders = await until('two leaders of three', () => {
      const found = marked();
      const leading = found.filter(({ isLeader }) => isLeader);
      return found.length === 3 && leading.length === 2 ? leading : null;
    });
    expect(leaders).toContainEqual({ pid: child.id.pid, value: mark, isLeader: true, cpuTime: expect.any(Number) });
  });

  it('says what each has used of the processor, what its ended children used among it', async () => {
    const waiting = await start('exec sleep 30');
    const count = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done';
    const stdoutPath = path.join(folder, 'second');
    const busy = await start(`while :; do sh -c '${count}'; done`, { stdoutPath });
    const usedBy = (child: Child) => marked().find(({ pid }) => pid === child.id.pid)?.cpuTime ?? 0;
    const first = await until('what the busy one used', () => usedBy(busy));
    const before = usedBy(waiting);
    // Itself it only starts and waits: so much of it is its children's.
    await until('more of it', () => usedBy(busy) >= first + 10);
    expect(usedBy(waiting)).toBe(before);
  });

  it('takes no other variable or value for it, and never ourselves', async () => {
    process.env.MARK_OF_TEST = mark;
    onTestFinished(() => void delete process.env.MARK_OF_TEST);
    const env = { PATH: process.env.PATH ?? '', XMARK: mark, MARK2: mark, OTHER: `x MARK=${mark}`, MARK: `${mark}2` };
    const child = await start('exec sleep 30', { env });
    onTestFinished(() => void processes.signal(child.id.pid, 'SIGKILL'));
    // In the moment in which a process becomes another program the kernel shows no environment of it.
    const found = await until('its environment', () => processes.findByEnv('MARK', new Set(['x', `${mark}2`]))[0]);
    expect(found.pid).toBe(child.id.pid);
    expect(marked()).toEqual([]);
    expect(processes.findByEnv('MARK_OF_TEST', new Set([mark]))).toEqual([]);
  });

  it('of one home passes over what names another one', async () => {
    const env = { PATH: process.env.PATH ?? '', MARK: mark, CCDISPATCH_HOME: '/homes/a' };
    const theirs = await start('exec sleep 30', { env });
    await until('the process', () => marked().length === 1);
    const found = (home: string) => processes.ofHome(home).findByEnv('MARK', new Set([mark]));
    expect(found('/homes/a')).toMatchObject([{ pid: theirs.id.pid }]);
    expect(found('/homes/b')).toEqual([]);
  });
});

const openFilesOf = (pid: number) =>
  fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [fs.readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed by now
    }
  });
const runAdapter = useAdapterProcess({ MARK: 'of the starter' });

/** The one process that carries the mark, once it is there. */
async function findMarked() {
  onTestFinished(() => {
    for (const { pid } of marked()) processes.signal(pid, 'SIGKILL');
  });
  return await until('the marked process', () => marked()[0]);
}

describe('startDetached', () => {
  it('starts what outlives its starter and shares nothing that this one opened', async () => {
    const log = path.join(folder, 'log');
    const lock = path.join(folder, '.lock');
    const starter = runAdapter('detach', log, lock, 'sh', '-c', `echo begun; MARK=${mark} exec sleep 30`);
    // Its output closes although the detached one goes on: who waits for it is not held up.
    const opened = JSON.parse(await starter.output) as string[];
    const detached = await findMarked();
    const own = opened.filter((name) => !openFilesOf(process.pid).includes(name));
    expect(own).toContain(lock);
    const shared = openFilesOf(detached.pid);
    expect(shared).toEqual(expect.arrayContaining(['/dev/null', log]));
    expect(shared.filter((name) => own.includes(name))).toEqual([]);
    expect(kernelLocks.isHeld(lock)).toBe(false);
    expect(detached.isLeader).toBe(true);
    expect(read('log')).toBe('begun\n');
  });

  it('hands a lock over, which is held from then on until that program ends', async () => {
    const file = path.join(folder, '.lock');
    const lock = kernelLocks.tryTake(file, 'starting');
    const sleeper = {
      command: 'sleep',
      args: ['30'],
      cwd: folder,
      env: request.env,
      logPath: path.join(folder, 'log'),
    };
    const pid = processes.startDetached({ ...sleeper, handed: lock?.descriptor });
    lock?.describe({ pid, purpose: 'work' });
    lock?.release();
    expect((await findMarked()).pid).toBe(pid);
    expect(kernelLocks.tryTake(file, 'other')).toBe(null);
    expect(kernelLocks.holder(file)).toMatchObject({ pid, purpose: 'work' });
    processes.signal(pid as number, 'SIGKILL');
    await until('the lock to be free', () => !kernelLocks.isHeld(file));
  });

  it('says nothing where there is no such program', async () => {
    const starter = runAdapter('detach', path.join(folder, 'log'), path.join(folder, '.lock'), '/nowhere/program');
    expect(await starter.output).not.toBe('');
    expect(starter.child.exitCode).toBe(0);
  });
});

it('closeInherited closes what came from outside, and nothing that is needed', async () => {
  const inherited = path.join(folder, 'lock of who started us');
  const file = path.join(folder, 'file');
  // Node itself hands on no low number, but all others.
  const wrapper = ['bash', '-c', 'exec 40>"$0" && exec "$@"', inherited];
  const [before, after] = (await runAdapter.by(wrapper)('close-inherited', file).output).trim().split('\n');
  expect(JSON.parse(before ?? '')).toContain(inherited);
  expect(JSON.parse(after ?? '')).not.toContain(inherited);
  expect(read('file')).toBe('still able to work');
});
