// What it costs to know what ten running tasks have changed in a repository of 20,000 files, while their agents run commands all the time.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { systemGit } from '../../src/lib/adapters/git.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { silentLog } from '../../src/lib/adapters/log.ts';
import { systemProcesses } from '../../src/lib/adapters/processes.ts';
import { createOutbox } from '../../src/lib/outbox/store.ts';
import { createQueue } from '../../src/lib/queue/queue.ts';
import type { ConflictGround } from '../../src/lib/runs/conflicts/conflict-ground.ts';
import { type ConflictKeeper, createConflictKeeper } from '../../src/lib/runs/conflicts/conflict-keeper.ts';
import { createConflictRecords } from '../../src/lib/runs/conflicts/conflict-record.ts';
import { newRunState } from '../../src/lib/runs/fold.ts';
import { createHistory } from '../../src/lib/tasks/history.ts';
import { parseTask, renderTask, type Task } from '../../src/lib/tasks/record.ts';
import { createTaskStore } from '../../src/lib/tasks/store.ts';
import { changedFiles, isIgnoredFile } from '../../src/lib/worktrees/changed.ts';
import type { Topic } from '../measure.ts';
import { makeSandbox, type Sandbox } from '../sandbox.ts';

const running = 10;
const folders = 200;
const filesInFolder = 100;
const windowMs = 20_000;
/** As often as runs are looked at. */
const everyMs = 250;
const share = 0.05;

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@localhost', ...args], { cwd, encoding: 'utf8' }).trim();

/** A repository with two worktrees, which the tasks share: what a look costs does not depend on who else looks there. */
function makeRepository({ folder }: Sandbox): { worktrees: string[]; base: string } {
  const repo = join(folder, 'repo');
  mkdirSync(repo);
  git(repo, 'init', '-q', '-b', 'main');
  for (let n = 0; n < folders; n++) {
    mkdirSync(join(repo, `folder-${n}`));
    for (let m = 0; m < filesInFolder; m++) writeFileSync(join(repo, `folder-${n}`, `file-${m}.txt`), `${n} ${m}\n`);
  }
  git(repo, 'add', '-A');
  git(repo, 'commit', '-qm', 'begin');
  const worktrees = ['one', 'other'].map((name) => {
    const place = join(folder, name);
    git(repo, 'worktree', 'add', '-q', '--no-track', '-b', name, place);
    writeFileSync(join(place, 'folder-1', 'file-1.txt'), 'changed\n');
    writeFileSync(join(place, 'new.txt'), 'new\n');
    return place;
  });
  return { worktrees, base: git(repo, 'rev-parse', 'HEAD') };
}

function runningTask(n: number): Task {
  const at = new Date().toISOString();
  const task_id = `task-1-${1_763_600_000_000 + n}`;
  const record = {
    schema_version: 1,
    task_id,
    task_name: 'a task',
    agent: 'claude',
    prompt: 'Do it.',
    workdir: '/nowhere',
    priority: 5,
    worktree: task_id,
    input_uuid: 'u',
    options: {},
    created_at: at,
    started_at: at,
    runs: [{ n: 1, pid: 1, pid_started: '', started_at: at }],
    source: { kind: 'shell' },
    status: 'running',
  };
  return parseTask(JSON.stringify(record), task_id);
}

/** The keeper as a worker has it, over ten running tasks. */
function openKeeper(sandbox: Sandbox): { keeper: ConflictKeeper; tasks: Task[] } {
  const { paths } = sandbox.addHome('home');
  const { worktrees, base } = makeRepository(sandbox);
  const parts = { files: realFiles, locks: kernelLocks, paths, clock: systemClock };
  const tasks = Array.from({ length: running }, (_, n) => runningTask(n));
  for (const task of tasks) {
    mkdirSync(paths.task(task.task_id), { recursive: true });
    writeFileSync(join(paths.task(task.task_id), 'task-meta.json'), renderTask(task));
  }
  const folderOf = ({ task_id }: Task) => worktrees[Number(task_id.at(-1)) % worktrees.length] as string;
  const from = { base_commit: base, base_branch: 'main' };
  const ground: ConflictGround = {
    placeOf: (task) => ({ repository: 'repo', worktree: task.task_id, folder: folderOf(task) }),
    // They change the same files; who waits for whom is not the matter here.
    policyOf: () => 'ignore',
    ignoredFiles: () => [],
    changedFiles: (task) => changedFiles(systemGit, folderOf(task), from),
    isIgnoredFile: ({ folder }, file) => isIgnoredFile(systemGit, folder, file),
    mergedWork: async () => null,
    putOnTop: async () => ({ kind: 'nothing' }),
    layOpen: async () => ({ kind: 'nothing' }),
  };
  const keeper = createConflictKeeper({
    ...parts,
    tasks: createTaskStore(parts),
    queue: createQueue(parts),
    history: createHistory(parts),
    outbox: createOutbox({ ...parts, botId: null }),
    processes: systemProcesses,
    log: silentLog,
    agents: { get: () => ({ canResume: true }) as never },
    ground,
    records: createConflictRecords(parts),
    patienceMs: () => 0,
    canAsk: () => false,
  });
  return { keeper, tasks };
}

/** Milliseconds that processors were at it, for us and for all programs that we started and waited for. */
function processorMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [ofChildren, ofTheirs] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(13, 15)
    .map(Number);
  const { user, system } = process.cpuUsage();
  // Of children in hundredths of a second.
  return (user + system) / 1000 + ((ofChildren ?? 0) + (ofTheirs ?? 0)) * 10;
}

export const watchTopic: Topic = {
  name: 'watch',
  unit: 'ms',
  rounds: 3,
  quickRounds: 1,
  async open() {
    const sandbox = makeSandbox();
    const { keeper, tasks } = openKeeper(sandbox);
    let calls = 0;
    return {
      contenders: [
        {
          name: 'watch',
          async take() {
            const [before, from] = [processorMs(), performance.now()];
            while (performance.now() < from + windowMs) {
              calls++;
              for (const task of tasks) keeper.observe(task, { ...newRunState, opaqueCalls: calls });
              keeper.tend();
              await sleep(everyMs);
            }
            await keeper.settled();
            return ((processorMs() - before) / (performance.now() - from)) * 1000;
          },
        },
        { name: 'a core', take: async () => 1000 },
      ],
      lines: [
        {
          name: 'watch',
          what: 'watching 10 running tasks on 20,000 files (processor time a second)',
          a: 'watch',
          b: 'a core',
          aim: share,
        },
      ],
      close: () => sandbox.close(),
    };
  },
};
