/** Runs a person's set-up command in a new worktree, once, with a time limit; its output is kept with the task. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Processes } from '../adapters/processes.ts';
import type { Paths } from '../config/paths.ts';
import { refuse } from '../errors/errors.ts';
import { renderDuration } from '../format/duration.ts';
import { endProcesses, sweepTaskUntilGone } from './end-processes.ts';

export interface SetupParts {
  files: Files;
  processes: Processes;
  clock: Clock;
  paths: Paths;
}

export interface SetupRequest {
  taskId: string;
  /** For a shell. */
  command: string;
  folder: string;
  env: Record<string, string>;
  timeoutMs: number;
  signal: AbortSignal;
  /** Takes secrets out of what people are shown. */
  redact(text: string): string;
}

const graceMs = 2000;
const tailBytes = 1500;

/** Where the output of a task's set-up is. */
export function setupLog(paths: Paths, taskId: string): string {
  return join(paths.task(taskId), 'setup.log');
}

/** The end of what the command said. */
function tailOf({ files }: SetupParts, log: string): string {
  const size = files.stat(log)?.size ?? 0;
  const from = Math.max(0, size - tailBytes);
  return files.readRange(log, from, tailBytes).toString('utf8').trim();
}

/** Resolves with the command's exit code; null where it was ended because of its time, or because nobody wants it any more. */
async function waitForEnd(exited: Promise<{ code: number | null }>, { clock }: SetupParts, request: SetupRequest) {
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const tooLong = clock.sleep(request.timeoutMs, signal).then(() => null);
  try {
    return await Promise.race([exited, tooLong]);
  } finally {
    stop.abort();
  }
}

/** Runs it; throws `failed` with the end of its output where it fails or takes too long. */
export async function runSetup(parts: SetupParts, request: SetupRequest): Promise<void> {
  const { files, processes, paths } = parts;
  const { taskId, command, folder, env, timeoutMs, signal } = request;
  const log = setupLog(paths, taskId);
  // One of a worker that was killed may still be at it.
  await endProcesses(parts, null, taskId, graceMs);
  files.remove(log);
  const child = await processes.start({
    command: '/bin/sh',
    args: ['-c', `exec 2>&1\n${command}`],
    cwd: folder,
    env,
    stdinPath: '/dev/null',
    stdoutPath: log,
    stderrPath: '/dev/null',
  });
  const ended = await waitForEnd(child.exited, parts, request);
  // What it left running would go on beside the agent, in its files.
  if (!ended) await endProcesses(parts, child.id, taskId, graceMs);
  // Twice nothing: what it started as its last deed may just be taking its program's place, and cannot be read then.
  await sweepTaskUntilGone(parts, taskId, 2);
  signal.throwIfAborted();
  if (ended?.code === 0) return;
  const tail = request.redact(tailOf(parts, log));
  const time = renderDuration(timeoutMs);
  const how = ended
    ? { en: `ended with ${ended.code ?? 'a signal'}`, zh: `以 ${ended.code ?? '信号'} 结束` }
    : {
        en: `was ended because it took longer than ${time} (worktrees.setupMinutes)`,
        zh: `超过 ${time} 仍未完成，已被结束（worktrees.setupMinutes）`,
      };
  refuse({
    code: 'failed',
    en: {
      message: `The set-up command of the repository ${how.en}: ${command}\n${tail}`.trimEnd(),
      hint: `Its whole output is in ${log}. Mend it, then retry the task.`,
    },
    zh: {
      message: `仓库的设置命令${how.zh}：${command}\n${tail}`.trimEnd(),
      hint: `完整输出在 ${log}。请修好它，然后重试任务。`,
    },
  });
}
