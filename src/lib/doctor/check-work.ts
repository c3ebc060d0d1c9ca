/** Checks the queue, who works on it, and who holds which lock. */

import { basename, join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import { renderCount } from '../format/amount.ts';
import type { Queue } from '../queue/queue.ts';
import { differencesTo } from '../runs/worker/describe-worker.ts';
import { livingWorker } from '../runs/worker/wake.ts';
import { type Finding, ok, warning } from './finding.ts';

export interface WorkCheck {
  files: Files;
  locks: Locks;
  paths: Paths;
  queue: Queue;
  /** This program's version, and its agents' programs as the settings name them. */
  version: string;
  agents: Record<string, string>;
  env: Record<string, string | undefined>;
}

export function checkLocks({ files, locks, paths }: Pick<WorkCheck, 'files' | 'locks' | 'paths'>): Finding[] {
  return files
    .list(paths.home)
    .filter((name) => name.endsWith('.lock'))
    .sort()
    .map((name) => join(paths.home, name))
    .filter((path) => locks.isHeld(path))
    .map((path) => {
      const holder = locks.holder(path);
      const who = holder ? `process ${holder.pid} (${holder.purpose}) since ${holder.since}` : 'a process';
      return ok(`${basename(path)} is held by ${who}`);
    });
}

export function checkQueue(check: WorkCheck): Finding[] {
  const { files, paths, queue } = check;
  const waiting = queue.waiting();
  const active = queue.active();
  const worker = livingWorker(check);
  const findings: Finding[] = [];
  const work = `${renderCount(waiting.length, 'task')} waiting, ${active.length} running`;
  if (worker) findings.push(ok(`Queue: ${work}; a worker lives`));
  else if (waiting.length + active.length === 0) findings.push(ok(`Queue: ${work}; a worker starts when needed`));
  else findings.push(warning(`Queue: ${work}, but no worker lives.`, 'ccdispatch worker --exit-when-idle'));

  const differing = worker ? differencesTo(worker, check.version, check.agents, check.env) : [];
  if (differing.length > 0) {
    const what = `The living worker differs from this shell in: ${differing.join(', ')}.`;
    findings.push(warning(what, 'If this shell is right: ccdispatch worker restart (running agents go on)'));
  }
  const hasFolder = (taskId: string) => files.stat(paths.task(taskId)) !== null;
  const stray = waiting.filter(({ taskId }) => !hasFolder(taskId)).map(({ taskId }) => taskId);
  if (stray.length > 0) {
    findings.push(warning(`Queue markers without a task: ${stray.slice(0, 5).join(', ')}`, 'ccdispatch cleanup'));
  }
  const lost = [...active, ...queue.aside()].filter((taskId) => !hasFolder(taskId));
  if (lost.length > 0) {
    const hint = `Remove them from ${paths.active} and ${paths.aside}`;
    findings.push(warning(`Claims on tasks that are gone: ${lost.slice(0, 5).join(', ')}`, hint));
  }
  return findings;
}
