// Clean-ups are killed in the middle, again and again: no task is ever half there, and in the end nothing is left over.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { seededRandom } from '../../support/random.ts';
import { runCommand } from '../../support/run-command.ts';
import { addTask, firstTaskTs } from '../../support/tasks.ts';

const rounds = 12;
const tasksPerRound = 15;

const uuidOf = (n: number) => `20000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

async function addEnded(home: TestHome, n: number): Promise<Task> {
  const task = await addTask(home, {
    task_id: `task-5-${firstTaskTs + n}`,
    status: 'completed',
    agent_session_id: uuidOf(n),
  });
  for (let file = 0; file < 20; file++) writeFileSync(join(task.workdir, `file-${file}`), 'x');
  const places = {
    [join(home.paths.outboxSent, '5')]: `${task.task_id}.1.ended.json`,
    [projects(home)]: `${uuidOf(n)}.jsonl`,
  };
  for (const [folder, name] of Object.entries(places)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), '{}');
  }
  await home.history.add(task);
  return task;
}

const projects = (home: TestHome) => join(home.outside, '.claude', 'projects', 'p');

/** Resolves a random moment after the clean-up has begun to take tasks away, or when it is over. */
async function somewhereInTheMiddle(home: TestHome, isOver: () => boolean, delayMs: number): Promise<void> {
  const before = home.tasks.ids('5').length;
  while (!isOver() && home.tasks.ids('5').length === before) await sleep(1);
  await sleep(delayMs);
}

/** What would be wrong with the home if somebody looked now. */
function faults(home: TestHome, records: ReadonlyMap<string, Task>): string[] {
  return home.tasks.ids('5').flatMap((taskId) => {
    const record = records.get(taskId) as Task;
    if (JSON.stringify(home.tasks.load(taskId)) !== JSON.stringify(record)) return [`${taskId} changed`];
    return readdirSync(record.workdir).length === 20 ? [] : [`the workspace of ${taskId} is not whole`];
  });
}

it('survives SIGKILL at any moment', { timeout: 120_000 }, async () => {
  const home = makeHome();
  const { seed, next } = seededRandom();
  console.info(`seed ${seed}`);
  const env = { ...home.env, HOME: home.outside };
  const live = await addTask(home, { task_id: 'task-5-1', status: 'running', agent_session_id: uuidOf(0) });
  for (let file = 0; file < 20; file++) writeFileSync(join(live.workdir, `file-${file}`), 'x');
  const records = new Map<string, Task>([[live.task_id, live]]);
  let killed = 0;
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < tasksPerRound; n++) {
      const task = await addEnded(home, round * tasksPerRound + n + 1);
      records.set(task.task_id, task);
    }
    let isOver = false;
    const killWhen = somewhereInTheMiddle(home, () => isOver, next() * 60);
    const result = await runCommand(['cleanup', '--older-than', '0s'], { env, killWhen });
    isOver = true;
    await killWhen;
    if (result.signal === 'SIGKILL') killed++;
    else expect(result, `seed ${seed}`).toMatchObject({ exitCode: 0, stderr: '' });
    expect(faults(home, records), `seed ${seed}, round ${round}`).toEqual([]);
    const list = await runCommand(['tasks', 'list', '--json', '--limit', '1000'], { env });
    expect(list, `seed ${seed}, round ${round}`).toMatchObject({ exitCode: 0, stderr: '' });
    const listed = (JSON.parse(list.stdout) as Task[]).map(({ task_id }) => task_id);
    expect(listed.filter((taskId) => taskId !== live.task_id).sort()).toEqual(
      home.tasks
        .ids('5')
        .filter((taskId) => taskId !== live.task_id)
        .sort(),
    );
  }
  expect(killed, `seed ${seed}`).toBeGreaterThan(0);

  expect(await runCommand(['cleanup', '--older-than', '0s'], { env })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(faults(home, records)).toEqual([]);
  expect(readdirSync(home.paths.chatTasks('5'))).toEqual([live.task_id]);
  expect(readdirSync(join(home.paths.workspaces, '5'))).toEqual([live.task_id]);
  expect(readdirSync(join(home.paths.outboxSent, '5'))).toEqual([]);
  expect(readdirSync(projects(home))).toEqual([]);
  expect(existsSync(live.workdir)).toBe(true);
  expect(home.locks.isHeld(join(home.home, 'cleanup.lock'))).toBe(false);
});
