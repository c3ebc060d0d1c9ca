// Adapters used from a process of its own, for tests that need several: `<command> <arguments…>`.

import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { systemProcesses } from '../../src/lib/adapters/processes.ts';
import { processSignals } from '../../src/lib/adapters/signals.ts';
import { processTerminal } from '../../src/lib/adapters/terminal.ts';

const [command, ...args] = process.argv.slice(2);
const [path = '', ...more] = args;
/** What this process has open beyond standard input, output and error. */
const openFiles = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return Number(fd) > 2 ? [readlinkSync(`/proc/self/fd/${fd}`)] : [];
    } catch {
      return [];
    }
  });
const say = (text: string) => processTerminal.print(`${text}\n`);

const commands: Record<string, () => Promise<unknown>> = {
  /** Replaces the file again and again, each time with one letter throughout. */
  async hammer() {
    for (let n = 0; ; n++) await realFiles.replace(path, String.fromCharCode(97 + (n % 26)).repeat(50_000));
  },
  /** Tries to create `<path>-0` to `<path>-<count - 1>`; says which ones it made. */
  async create() {
    const [count, name = ''] = more;
    for (let n = 0; n < Number(count); n++) if (await realFiles.create(`${path}-${n}`, name)) say(String(n));
  },
  /** Appends lines of 500 of its letter. */
  async append() {
    const [count, letter = ''] = more;
    for (let n = 0; n < Number(count); n++) await realFiles.append(path, `${letter.repeat(500)}\n`);
  },
  /** Adds one to the number in the file, under a lock. */
  async count() {
    for (let n = 0; n < Number(more[0]); n++) {
      const lock = await kernelLocks.take(`${path}.lock`, 'count', 20_000);
      realFiles.write(path, String(Number(realFiles.read(path) ?? 0) + 1));
      lock.release();
    }
  },
  /** Takes the lock and holds it. */
  async hold() {
    const lock = await kernelLocks.take(path, more[0] ?? 'hold', 10_000);
    say('held');
    await sleep(60_000);
    lock.release();
  },
  /** Starts a detached program while it has a file locked and open, says what it has open, and ends. */
  async detach() {
    const [lockPath = '', program = '', ...programArgs] = more;
    kernelLocks.tryTake(lockPath, 'detach');
    const env = { PATH: process.env.PATH ?? '', MARK: process.env.MARK ?? '' };
    systemProcesses.startDetached({ command: program, args: programArgs, cwd: '/', env, logPath: path });
    say(JSON.stringify(openFiles()));
  },
  /** Says what it has open before and after it closed what it inherited. */
  async 'close-inherited'() {
    say(JSON.stringify(openFiles()));
    systemProcesses.closeInherited();
    say(JSON.stringify(openFiles()));
    await realFiles.replace(path, 'still able to work');
  },
  async 'read-input'() {
    const text = await processTerminal.readInput(Number(path));
    say(
      JSON.stringify({ length: text.length, start: text.slice(0, 10), isInteractive: processTerminal.isInteractive }),
    );
  },
  /** Prints more than a pipe holds. */
  async flood() {
    for (let n = 0; n < 200; n++) processTerminal.print(`${'x'.repeat(1000)}\n`);
    processTerminal.say('done');
  },
  /** Says that it is ready, and then which signal came. */
  async 'wait-stop'() {
    const stop = processSignals.onStop();
    const alive = setInterval(() => {}, 1000);
    say('ready');
    await new Promise((resolve) => stop.addEventListener('abort', resolve));
    say(String(stop.reason));
    await sleep(30);
    clearInterval(alive);
    say('still here');
  },
};

await commands[command ?? '']?.();
