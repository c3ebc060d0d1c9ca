// What it costs to take one task while 10,000 wait, against listing the folder that they wait in.

import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { silentLog } from '../../src/lib/adapters/log.ts';
import { renderMarker } from '../../src/lib/queue/markers.ts';
import { prerequisiteOf, startable } from '../../src/lib/queue/order.ts';
import { createQueue } from '../../src/lib/queue/queue.ts';
import { createFolderSource } from '../../src/lib/runs/waiting/folder-source.ts';
import type { Occupancy, TaskSource } from '../../src/lib/runs/waiting/source.ts';
import { createHistory } from '../../src/lib/tasks/history.ts';
import { parseTask, renderTask, type Task } from '../../src/lib/tasks/record.ts';
import { createTaskStore } from '../../src/lib/tasks/store.ts';
import type { Contender, Topic } from '../measure.ts';
import { makeSandbox, type Sandbox } from '../sandbox.ts';

const waiting = 10_000;
const users = 50;
const start = 1_763_600_000_000;

/** Three tasks run, of three users; two slots are free. */
const occupancy: Occupancy = {
  byUser: new Map([1, 2, 3].map((user) => [String(user), 1])),
  byChat: new Map(),
  limits: { maxSessions: 5, perUser: 5 },
  conversations: new Set(),
};

function pendingTask(n: number, after: string | null): Task {
  const user = String((n % users) + 10);
  const taskId = `task-${user}-${start + n}`;
  const record = {
    schema_version: 1,
    task_id: taskId,
    task_name: 'a task',
    telegram_group: user,
    user_id: user,
    agent: 'claude',
    prompt: 'Do it.',
    workdir: '/nowhere',
    priority: 2 + (n % 7),
    after,
    input_uuid: 'u',
    options: {},
    created_at: new Date(start + n).toISOString(),
    runs: [],
    source: { kind: 'telegram' },
    status: 'pending',
  };
  return parseTask(JSON.stringify(record), taskId);
}

interface Ground {
  source: TaskSource;
  waitingFolder: string;
  /** Puts the claimed task back, so that each round finds the same queue. */
  putBack(): void;
}

/** A home with so many waiting tasks; with `isChained` each but the first comes after the one before it. */
function makeGround(sandbox: Sandbox, name: string, isChained: boolean): Ground {
  const home = sandbox.addHome(name).paths;
  const parts = { files: realFiles, locks: kernelLocks, paths: home };
  const [queue, tasks] = [createQueue(parts), createTaskStore(parts)];
  mkdirSync(home.waiting, { recursive: true });
  mkdirSync(home.active, { recursive: true });
  const all = Array.from({ length: waiting }, (_, n) =>
    pendingTask(n, isChained && n > 0 ? pendingTask(n - 1, null).task_id : null),
  );
  const markers = all.map(({ task_id: taskId, priority, user_id, after }, n) => {
    const marker = { priority, queuedAt: start + n, user: user_id ?? '', taskId };
    return after === null ? marker : { ...marker, after };
  });
  for (const marker of markers) writeFileSync(join(home.waiting, renderMarker(marker)), '');
  // Only whoever is next has its record read: the others need none.
  const now = systemClock.now();
  const ids = new Set(all.map(({ task_id }) => task_id));
  const inLine = markers.filter((marker) => prerequisiteOf(marker, now, ids) === null);
  const [next] = startable(inLine, { ...occupancy, now });
  const task = all.find(({ task_id }) => task_id === next?.taskId);
  if (!next || !task) throw new Error('Nobody is next.');
  mkdirSync(home.task(task.task_id), { recursive: true });
  writeFileSync(join(home.task(task.task_id), 'task-meta.json'), renderTask(task));
  return {
    source: createFolderSource({ queue, tasks, history: createHistory(parts), clock: systemClock, log: silentLog }),
    waitingFolder: home.waiting,
    putBack: () => renameSync(join(home.active, next.taskId), join(home.waiting, renderMarker(next))),
  };
}

/** Milliseconds that the processor was at it: all is in memory, and other work on the machine is not our matter. */
function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function claimer(name: string, { source, putBack }: Ground): Contender {
  return {
    name,
    async take() {
      let isClaimed = false;
      const took = processorTime(() => {
        isClaimed = source.claim(occupancy) !== null;
      });
      if (!isClaimed) throw new Error('Nothing was claimed.');
      putBack();
      return took;
    },
  };
}

export const claimTopic: Topic = {
  name: 'claim',
  unit: 'ms',
  rounds: 40,
  quickRounds: 10,
  async open() {
    const sandbox = makeSandbox();
    const plain = makeGround(sandbox, 'plain', false);
    const chained = makeGround(sandbox, 'chained', true);
    const list: Contender = {
      name: 'list the folder',
      take: async () => processorTime(() => readdirSync(plain.waitingFolder)),
    };
    const limit: Contender = { name: 'aim', take: async () => 20 };
    const line = { b: 'aim', aim: 1 };
    return {
      contenders: [claimer('claim', plain), claimer('claim of a chain', chained), list, limit],
      lines: [
        { ...line, name: 'claim', what: 'claiming one task with 10,000 waiting (processor time)', a: 'claim' },
        {
          ...line,
          name: 'claim-chain',
          what: 'the same with each coming after the one before it',
          a: 'claim of a chain',
        },
        {
          name: 'claim-list',
          what: 'claiming against listing the folder alone',
          a: 'claim',
          b: 'list the folder',
          aim: null,
        },
      ],
      close: () => sandbox.close(),
    };
  },
};
