/** The agent at work on a run, as following it needs: what it says, whether it lives, and how it is ended. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Child, ExitStatus, ProcessId } from '../adapters/processes.ts';
import type { Agent, AgentEvent } from '../agents/agent.ts';
import type { Task, TaskRun } from '../tasks/record.ts';
import { endProcesses } from './end-processes.ts';
import { eventsFile, type LaunchParts } from './launch.ts';
import type { Asker } from './questions/stream-questions.ts';
import { openTail } from './tail.ts';

export interface RunProcess {
  /** Where it writes: a change there is worth a look. */
  readonly folder: string;
  /** What it said since the last call. */
  read(): AgentEvent[];
  /** When it last wrote, in milliseconds since 1970; null where it has written nothing. */
  lastOutputAt(): number | null;
  /** Whether the agent itself is at work on the run. */
  isMainAlive(): boolean;
  /** Whether anything lives that holds its output open. */
  isAnyAlive(): boolean;
  /** How it ended, where we saw it. */
  exit(): ExitStatus | null;
  /** Ends what there is of the run; resolves when it is gone, and nothing is ended any more, whoever asked for it first. */
  end(): Promise<void>;
  /** Where it asks in its stream; absent for those that ask through a hook. */
  readonly asker?: Asker;
  /** The end of its error output, and of its output: at most so many bytes. */
  errorTail(bytes: number): string;
  outputTail(bytes: number): string;
}

export interface RunProcessRequest {
  parts: LaunchParts & { graceMs: number };
  task: Task;
  run: TaskRun;
  agent: Agent | null;
  /** The process where we started it; else it is found by the run's files. */
  child: Child | null;
  /** Masks secrets in what it says. */
  mask(text: string): string;
  /** Called when it has ended. */
  ring(): void;
}

/** The last bytes of a file as text; empty where there is none. */
export function endOfFile(files: Files, path: string, bytes: number): string {
  const size = files.stat(path)?.size ?? 0;
  const length = Math.min(size, bytes);
  return files.readRange(path, size - length, length).toString('utf8');
}

/** A process that lives for one run and writes into the run's own folder. */
export function openRunProcess({ parts, task, run, agent, child, mask, ring }: RunProcessRequest): RunProcess {
  const { files, locks, processes, paths, graceMs } = parts;
  const folder = paths.run(task.task_id, run.n);
  const output = join(folder, eventsFile);
  const id: ProcessId | null = run.pid > 0 ? { pid: run.pid, started: run.pid_started } : null;
  const tail = openTail(files, output);
  let exit: ExitStatus | null = null;
  let isSwept = false;
  let ending: Promise<void> | null = null;
  child?.exited.then((seen) => {
    exit = seen;
    ring();
  });
  const isHeld = () => !isSwept && locks.isHeld(output);
  // Our own child is alive until we saw it exit; one that was adopted is looked for; one that cannot be named (found by
  // its lock alone) is taken for alive while something holds its output.
  const isMainAlive = () => exit === null && (child !== null || (id === null ? isHeld() : processes.isAlive(id)));
  return {
    folder,
    read: () => (agent ? tail.read().flatMap((line) => agent.parseLine(mask(line))) : []),
    lastOutputAt: () => files.stat(output)?.modifiedAt ?? null,
    isMainAlive,
    isAnyAlive: () => isMainAlive() || isHeld(),
    exit: () => exit,
    async end() {
      if (isSwept) return;
      // Whoever asks again waits for all of it: what still goes on kills whatever carries the task's id, its next run included.
      ending ??= endProcesses(parts, id, task.task_id, graceMs).finally(() => {
        ending = null;
      });
      await ending;
      isSwept = true;
    },
    errorTail: (bytes) => endOfFile(files, join(folder, 'stderr.log'), bytes),
    outputTail: (bytes) => mask(endOfFile(files, output, bytes)),
  };
}
