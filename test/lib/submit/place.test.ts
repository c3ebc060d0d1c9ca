// Tasks that name a repository: what is written down of their place, who continues there, and what is refused at once.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Origin } from '../../../src/lib/submit/draft.ts';
import { parseRequest } from '../../../src/lib/submit/request.ts';
import { submitTasks } from '../../../src/lib/submit/submit.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { commitAll, gitIn } from '../../support/work-repository.ts';
import { initRepository } from '../../support/worktree-home.ts';
import { chat, makeSubmitHome, type SubmitHome, shell } from './submit-home.ts';

let home: SubmitHome;
let repo: string;
let notes: string[];

beforeEach(() => {
  const custom = { shout: { command: ['tr', 'a-z', 'A-Z'] } };
  home = makeSubmitHome({ agents: { custom } });
  repo = initRepository(path.join(home.outside, 'shop'));
  home.settings.repos = { [repo]: { name: 'shop', trusted: false, onEnd: 'keep' } };
  notes = [];
});

async function submit(options: Record<string, unknown>, origin: Origin = shell): Promise<Task> {
  const request = parseRequest({ prompt: 'Do it.', ...options }, 0);
  const [task] = await submitTasks([request], origin, { ...home, onNote: (note) => notes.push(note) });
  return task as Task;
}
const refused = (options: Record<string, unknown>, origin?: Origin) =>
  submit(options, origin).then(
    () => 'it was made',
    (error: Error & { code?: string; hint?: string }) => `${error.code}: ${error.message} | ${error.hint}`,
  );
const folderOf = (id: string) => expect.stringMatching(new RegExp(`/worktrees/shop-[0-9a-f]{8}/${id}$`));

describe('--repo', () => {
  it('fixes the place: a folder of its own, the branch that is checked out, a branch of its own', async () => {
    for (const given of [repo, 'shop', path.relative(home.cwd, repo)]) {
      const task = await submit({ repo: given });
      const { task_id: id } = task;
      expect(task).toMatchObject({ repo, base: 'main', branch: `ccdispatch/${id}`, worktree: id });
      expect(task.workdir).toEqual(folderOf(id));
      expect(fs.existsSync(task.workdir)).toBe(false);
    }
    expect(notes).toEqual([]);
  });

  it('takes names and whole paths in a chat, and says which names there are', async () => {
    expect(await submit({ repo: 'shop', group: 5 }, chat)).toMatchObject({ repo });
    expect(await submit({ repo, group: 5 }, chat)).toMatchObject({ repo });
    expect(await refused({ repo: '../outside/shop', group: 5 }, chat)).toBe(
      'not-found: There is no repository called "../outside/shop". | These have names: shop. Others are named by their whole path.',
    );
  });

  it('fixes commits that are named by what is checked out, and keeps names', async () => {
    const first = gitIn(repo, 'rev-parse', 'HEAD');
    commitAll(repo, 'second', { 'c.txt': 'c' });
    expect(await submit({ repo, base: 'HEAD~1' })).toMatchObject({ base: first });
    expect(await submit({ repo, base: 'main' })).toMatchObject({ base: 'main' });
    const linked = path.join(home.outside, 'linked');
    gitIn(repo, 'worktree', 'add', '-q', '-b', 'side', linked);
    expect(await submit({ repo: linked })).toMatchObject({ repo, base: 'side' });
  });

  it('says that changes are left out, and goes round a branch called ccdispatch', async () => {
    gitIn(repo, 'branch', 'ccdispatch');
    fs.writeFileSync(path.join(repo, 'a.txt'), 'changed\n');
    const task = await submit({ repo });
    expect(task.branch).toBe(`ccdispatch-${task.task_id}`);
    expect(notes).toEqual([`${repo} has changes that are not committed; the work starts from main, without them.`]);
    expect(await submit({ repo, branch: 'topic' })).toMatchObject({ branch: 'topic' });
  });

  it('works in place with worktree: false, in a repository without a commit, too', async () => {
    expect(await submit({ repo, worktree: false })).toMatchObject({
      repo,
      workdir: repo,
      worktree: null,
      branch: null,
    });
    const empty = path.join(home.outside, 'empty');
    gitIn(home.outside, 'init', '-q', empty);
    expect(await submit({ repo: empty, worktree: false })).toMatchObject({ repo: empty, workdir: empty });
    const bare = path.join(home.outside, 'bare.git');
    gitIn(home.outside, 'clone', '-q', '--bare', repo, bare);
    expect(await refused({ repo: bare, worktree: false })).toContain('is a bare repository');
    expect(await refused({ repo: empty })).toMatch(/^not-found: .*or work in place with --no-worktree/);
  });

  it('is refused beside -w and -s', async () => {
    const { task_id: session } = await submit({ repo });
    expect(await refused({ repo, workdir: '.' })).toContain('-w and --repo exclude each other');
    expect(await refused({ repo, session })).toContain('a conversation goes on where it began');
  });
});

describe('what continues a task of a repository', () => {
  it('has its worktree, whether that is there or not', async () => {
    const first = await submit({ repo });
    const same = { repo, worktree: first.task_id, branch: first.branch, base: 'main', workdir: first.workdir };
    const second = await submit({ session: first.task_id });
    expect(second).toMatchObject({ ...same, continues: true, agent_session_id: first.agent_session_id });
    expect(await submit({ session: second.task_id })).toMatchObject(same);
    expect(await submit({ session: first.agent_session_id })).toMatchObject(same);
  });

  it('works elsewhere where a folder is named', async () => {
    const first = await submit({ repo });
    const second = await submit({ session: first.task_id, workdir: '.' });
    expect(second).toMatchObject({ repo: null, worktree: null, workdir: home.cwd });
  });

  it('has it, too, where its agent knows no conversations and names the folder', async () => {
    const first = await submit({ repo, agent: 'shout' });
    const second = await submit({ workdir: first.workdir, agent: 'shout' });
    expect(second).toMatchObject({ repo, worktree: first.task_id, workdir: first.workdir });
    expect(await refused({ workdir: path.dirname(first.workdir) })).toMatch(/^usage/);
  });

  it('works in place one after the other', async () => {
    const first = await submit({ repo, worktree: false });
    expect(await submit({ session: first.task_id })).toMatchObject({ repo, workdir: repo, worktree: null });
  });
});
