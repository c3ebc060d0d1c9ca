// The builders that other tests stand on must give what the stores themselves would write.

import { describe, expect, it } from 'vitest';
import { renderTask, type TaskStatus } from '../../src/lib/tasks/record.ts';
import { makeHome } from './home.ts';
import { runCommand } from './run-command.ts';
import { addTask, aTask, firstTaskTs } from './tasks.ts';

const statuses: TaskStatus[] = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'];

describe('the builders', () => {
  it.each(statuses)('give a %s task that lies in the home as it was built', async (status) => {
    const home = makeHome();
    const task = await addTask(home, { status, telegram_group: '-100123' });
    expect(task.task_id).toBe(`task--100123-${firstTaskTs}`);
    expect(home.tasks.load(task.task_id)).toEqual(task);
    expect(home.tasks.ids('-100123')).toEqual([task.task_id]);
    expect(home.files.stat(task.workdir)?.isFolder).toBe(true);
  });

  it('take every field, and refuse what does not fit together', () => {
    const task = aTask({ task_id: 'task-5-1700000000000', status: 'failed', reason: 'limit', options: { yolo: true } });
    expect(task).toMatchObject({ telegram_group: '5', reason: 'limit', created_at: '2023-11-14T22:13:20.000Z' });
    expect(task.options.yolo).toBe(true);
    expect(JSON.parse(renderTask(task))).toEqual(task);
    expect(() => aTask({ status: 'completed', completed_at: null })).toThrow('completed_at');
  });

  it('run the program with output and exit code apart', async () => {
    const help = await runCommand(['--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: ccdispatch');
    const wrong = await runCommand(['no-such-command']);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).not.toBe('');
  });
});
