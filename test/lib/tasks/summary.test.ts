// The quick look that lists take: no check, and no trouble with what is broken.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSummary } from '../../../src/lib/tasks/summary.ts';
import { makeHome } from '../../support/home.ts';
import { addTask } from '../../support/tasks.ts';

it('gives what a list shows', async () => {
  const home = makeHome();
  const task = await addTask(home, { status: 'failed', reason: 'limit', telegram_group: '77' });
  expect(readSummary(home.files, home.paths, task.task_id)).toMatchObject({
    task_id: task.task_id,
    task_name: 'calc',
    status: 'failed',
    reason: 'limit',
    completed_at: task.completed_at,
  });
});

it.each(['', '{"task_id": "task-local-1"', 'null', '[]', '"text"', '{}', '{"task_id": 5}'])(
  'gives nothing for a broken record: %j',
  async (text) => {
    const home = makeHome();
    const { task_id } = await addTask(home);
    writeFileSync(join(home.paths.task(task_id), 'task-meta.json'), text);
    expect(readSummary(home.files, home.paths, task_id)).toBe(null);
  },
);

it('gives nothing for what is not there, and for what is no id', () => {
  const home = makeHome();
  expect(readSummary(home.files, home.paths, 'task-local-1')).toBe(null);
  expect(readSummary(home.files, home.paths, '../../x')).toBe(null);
});
