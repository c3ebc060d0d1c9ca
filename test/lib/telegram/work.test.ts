// The branch of a task in the chat: merged, shown and given up by command and by button, by whom it may be.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodePress, type PressAction } from '../../../src/lib/notifications/buttons.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { ada, openBotStage, type StageRequest } from '../../support/bot-stage.ts';
import { commitAll, gitIn, makeRepository, write } from '../../support/work-repository.ts';

const admin = { ...ada, id: '9', name: 'Root' };
const on = ({ task_id }: Task, action: PressAction, run = 1) =>
  encodePress({ action, taskId: task_id, run, detail: '' });

/** A chat with a task that has ended, and its work in a repository. */
async function openScene(
  request: StageRequest = { users: { 5: { name: 'Ada', enabled: true, allowed_features: ['repo'] } } },
) {
  const stage = openBotStage(request);
  const set = makeRepository({ home: stage.home });
  const { worktree, folder } = await set.addWorktree();
  const { branch, worktree_id } = worktree;
  const task = await stage.hasTask({
    ...{
      status: 'completed',
      task_name: 'calc',
      result: 'Done.',
      agent_session_id: '8f8a5a5e-0000-4000-8000-000000000001',
    },
    ...{ worktree: worktree_id, repo: set.repo, branch, workdir: folder },
  });
  return { stage, set, task, worktree, folder, repo: set.repo };
}

describe('the work of a task in the chat', () => {
  it('is merged by a button, once, and by a command', async () => {
    const { stage, task, folder, repo } = await openScene();
    write(folder, { 'c.txt': 'c\n' });
    expect(await stage.presses(on(task, 'merge'))).toBe('');
    expect(stage.sentSince(0)).toEqual(['🔀 calc — merged into main']);
    const tip = gitIn(repo, 'rev-parse', 'main');
    await stage.presses(on(task, 'merge'));
    expect(await stage.says(`/merge ${task.task_id}`)).toEqual(['🔀 calc — is in main already']);
    expect(gitIn(repo, 'rev-parse', 'main')).toBe(tip);
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: task.task_id, spell: 1 }] });
    expect(await stage.presses(on(task, 'merge', 2))).toBe('That is not possible any more.');
  });

  it('is for who controls the task and may use repositories', async () => {
    const group = { id: '-70', kind: 'group' as const, title: 'Group' };
    const users = { 5: { enabled: true }, 6: { enabled: true }, 9: { enabled: true, role: 'admin' } };
    const { stage, set } = await openScene({ users });
    const { worktree } = await set.addWorktree(2);
    const fields = { status: 'completed', telegram_group: '-70', worktree: worktree.worktree_id } as const;
    const theirs = await stage.hasTask({ ...fields, user_id: '6' });
    const own = await stage.hasTask({ ...fields, user_id: '5', task_id: 'task--70-1763600000001' });
    for (const action of ['merge', 'pr', 'discard', 'resolve'] as const) {
      expect(await stage.presses(on(theirs, action), { chat: group }), action).toBe('That task is not yours.');
      const from = stage.calls.length;
      await stage.presses(on(own, action), { chat: group });
      expect(stage.sentSince(from), action).toEqual(['You may not use: repo. Ask an admin for it.']);
    }
    expect(set.record(worktree).state).toBe('open');
    await stage.presses(on(theirs, 'discard'), { chat: group, from: admin });
    expect(set.record(worktree).state).toBe('discarded');
  });

  it('is shown: in the message where it is short, else as a file', async () => {
    const { stage, task, folder } = await openScene();
    expect(await stage.says(`/diff ${task.task_id}`)).toEqual(['calc: it has changed nothing']);
    write(folder, { 'c.txt': '<c>\n' });
    const diffed = await stage.says(`/diff ${task.task_id}`);
    expect(diffed).toEqual([expect.stringMatching(/^calc\n+diff --git[\s\S]*\+<c>/)]);
    write(folder, { 'long.txt': 'line\n'.repeat(2000) });
    const from = stage.calls.length;
    await stage.presses(on(task, 'diff'));
    const [, sent] = stage.calls.slice(from);
    expect([sent?.method, sent?.request.name]).toEqual(['sendDocument', `${task.task_id}.diff`]);
    expect(Buffer.from(sent?.request.bytes as Uint8Array).toString()).toContain('2 files changed');
  });

  it('is given up, with the words that bring it back', async () => {
    const { stage, task, folder, set, worktree, repo } = await openScene();
    write(folder, { 'c.txt': 'c\n' });
    const [said] = await stage.says(`/discard ${task.task_id}`);
    expect(said).toContain(`is discarded; clean-up removes it`);
    expect(said).toContain(`git -C ${repo} branch ${worktree.branch}-again refs/ccdispatch/discarded/`);
    expect(set.record(worktree).state).toBe('discarded');
  });

  it('that does not fit is brought together by its agent, asked once', async () => {
    const { stage, task, folder, repo } = await openScene();
    commitAll(folder, 'mine', { 'a.txt': 'mine\n' });
    commitAll(repo, 'theirs', { 'a.txt': 'theirs\n' });
    await stage.presses(on(task, 'merge'));
    expect(stage.sentSince(0)[0]).toContain('not merged: main has changed the same files');
    expect(stage.keyboard()).toEqual([['🤝 Let the agent resolve it'], ['⬆️ Pull request', '🔍 Diff']]);
    await stage.presses(on(task, 'resolve'));
    const [waiting, ...more] = stage.home.queue.waiting();
    expect(more).toEqual([]);
    const next = stage.home.tasks.load(waiting?.taskId as string);
    expect(next).toMatchObject({ worktree: task.worktree, continues: true, user_id: '5', telegram_group: '5' });
    expect(next.prompt).toContain('a.txt');
    expect(fs.readFileSync(path.join(folder, 'a.txt'), 'utf8')).toMatch(
      /<<<<<<<[\s\S]*theirs[\s\S]*mine[\s\S]*>>>>>>>/,
    );
    // A replay after a crash finds its task made.
    await stage.presses(on(task, 'resolve'), {}, { kind: 'task', task_id: next.task_id });
    expect(stage.home.queue.waiting()).toHaveLength(1);
    expect(stage.wakes()).toBeGreaterThan(0);
  });

  it('says why nothing can be done', async () => {
    const { stage } = await openScene();
    const without = await stage.hasTask({ status: 'completed', task_name: 'plain', task_id: 'task-5-1763600000009' });
    expect((await stage.says(`/merge ${without.task_id}`)).join()).toContain('has no worktree');
    expect((await stage.says(`/diff ${without.task_id}`)).join()).toContain('has no worktree');
  });
});
