// Tasks on repositories, with real git and the real agent: a worktree of their own, shared by what continues them.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { bash, countIn, writes } from '../support/e2e-model.ts';
import { until } from '../support/until.ts';
import { commitAll, gitIn } from '../support/work-repository.ts';
import { initRepository } from '../support/worktree-home.ts';

let scene: Scene;
let repo: string;
beforeAll(async () => {
  scene = await startScene();
  repo = initRepository(path.join(scene.folder, 'repo'));
  const settings = { name: 'shop', setup: 'echo "ready in $PWD of $CCDISPATCH_REPO" | tee setup.log' };
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  fs.writeFileSync(file, JSON.stringify({ ...config, repos: { [repo]: settings } }));
});
afterAll(() => scene.close());

const inRepo = () => fs.readdirSync(repo).sort();

describe('dispatch --repo', () => {
  it('works in a worktree, which is the conversation’s, and is made again where it is gone', async () => {
    const before = inRepo();
    scene.plays('violin', writes('first.json', '{}\n', 'First movement.'));
    const first = await scene.ended(await scene.dispatch(['-g', '801', '--repo', repo, 'play the violin']));
    expect(first).toMatchObject({
      status: 'completed',
      repo,
      base: 'main',
      branch: `ccdispatch/${first.task_id}`,
      worktree: first.task_id,
    });
    expect(first.workdir).toMatch(/\/worktrees\/repo-[0-9a-f]{8}\/task-801-\d+$/);
    expect(inRepo()).toEqual(before);
    expect(fs.existsSync(path.join(first.workdir, 'first.json'))).toBe(true);
    expect(gitIn(first.workdir, 'branch', '--show-current')).toBe(first.branch);
    // The set-up command ran there, and its words are kept with the task.
    expect(fs.readFileSync(path.join(scene.taskFolder(first.task_id), 'setup.log'), 'utf8')).toBe(
      `ready in ${first.workdir} of ${repo}\n`,
    );

    scene.plays('cello', writes('second.txt', 'two\n', 'Second movement.'));
    const second = await scene.ended(await scene.dispatch(['-g', '801', '-s', first.task_id, 'now the cello']));
    expect(second).toMatchObject({ status: 'completed', workdir: first.workdir, worktree: first.task_id, repo });
    expect(countIn(scene.asked('now the cello')[0], 'First movement.')).toBe(1);
    expect(fs.existsSync(path.join(first.workdir, 'second.txt'))).toBe(true);

    await until(
      'the worker to be done there',
      () => !fs.existsSync(path.join(scene.home, 'queue/active', second.task_id)),
    );
    const tip = commitAll(first.workdir, 'by hand', { 'third.txt': 't' });
    fs.rmSync(first.workdir, { recursive: true });
    scene.plays('flute', writes('fourth.txt', 'four\n', 'Third movement.'));
    const third = await scene.ended(await scene.dispatch(['-g', '801', '-s', second.task_id, 'now the flute']));
    expect(third).toMatchObject({ status: 'completed', workdir: first.workdir, worktree: first.task_id });
    expect(countIn(scene.asked('now the flute')[0], 'Second movement.')).toBe(1);
    expect(fs.readdirSync(first.workdir)).toEqual(expect.arrayContaining(['first.json', 'third.txt', 'fourth.txt']));
    expect(gitIn(first.workdir, 'merge-base', '--is-ancestor', tip, 'HEAD')).toBe('');
    expect(gitIn(repo, 'fsck', '--no-dangling')).toBe('');
  });

  it('says at once what is wrong, with the right exit code', async () => {
    const faults: [args: string[], exitCode: number, words: string][] = [
      [['--repo', scene.person], 2, 'is no git repository'],
      [['--repo', path.join(scene.folder, 'none')], 5, 'There is no repository'],
      [['--repo', scene.home], 2, 'lies in CCDISPATCH_HOME'],
      [['--repo', repo, '--base', 'gone'], 5, 'has no commit "gone"'],
      [['--repo', repo, '--branch=-rf'], 2, 'branch: must be the name of a branch'],
      [['--repo', repo, '--branch', 'a\nb'], 2, 'branch: must be the name of a branch'],
      [['--repo', repo, '--branch', 'main'], 2, 'has a branch main already'],
      [['--repo', repo, '-w', '.'], 2, 'exclude each other'],
      [['--base', 'main'], 2, '--base can only be given with --repo'],
      [['--no-worktree'], 2, '--no-worktree can only be given with --repo'],
    ];
    for (const [args, exitCode, words] of faults) {
      const said = await scene.cli(['dispatch', '-g', '802', ...args, 'go']);
      expect([said.exitCode, said.stdout], args.join(' ')).toEqual([exitCode, '']);
      expect(said.stderr).toContain(words);
    }
    expect(fs.existsSync(path.join(scene.home, 'tasks', '802'))).toBe(false);
  });

  it('refuses the run in clear words where the worktree cannot be made after all', async () => {
    const id = await scene.dispatch(['-g', '803', '--repo', repo, '--base', 'main', '--hold', 'never']);
    const moved = `${repo}-moved`;
    fs.renameSync(repo, moved);
    try {
      await scene.cli(['tasks', 'start', id]);
      const task = await scene.ended(id);
      expect(task).toMatchObject({ status: 'failed', reason: 'worktree', runs: [{ pid: 0 }] });
      expect(task.result).toContain('There is no repository at');
    } finally {
      fs.renameSync(moved, repo);
    }
  });

  it('works in place with --no-worktree, one task at a time', async () => {
    const dirty = path.join(scene.folder, 'in-place');
    initRepository(dirty);
    const over = path.join(scene.folder, 'the organ is over');
    scene.plays('organ', [bash(`until [ -e '${over}' ]; do sleep 0.1; done`), { text: 'Loud.' }]);
    scene.plays('drum', writes('drum.txt', 'd\n', 'Boom.'));
    const options = ['-g', '804', '--repo', dirty, '--no-worktree', '--allowed-tools', 'Bash'];
    const first = await scene.dispatch([...options, 'play the organ']);
    await scene.running(first);
    const second = await scene.dispatch([...options, 'play the drum']);
    const why = await until('the wait for the folder', async () => {
      const said = await scene.cli(['tasks', 'why', second, '--json']);
      return /"waits_for": "(folder)"/.exec(said.stdout)?.[1] ?? (scene.task(second).status === 'running' ? 'ran' : '');
    });
    expect(why).toBe('folder');
    fs.writeFileSync(over, '');
    const ended = await scene.ended(second);
    expect(ended).toMatchObject({ status: 'completed', workdir: dirty, repo: dirty, worktree: null, branch: null });
    const endOfFirst = (await scene.ended(first)).runs[0]?.ended_at as string;
    expect(Date.parse(ended.started_at as string)).toBeGreaterThanOrEqual(Date.parse(endOfFirst));
    expect(fs.existsSync(path.join(dirty, 'drum.txt'))).toBe(true);
  });

  it('gives a session a worktree of its own, which is not pruned while it is open', async () => {
    const { stdout } = await scene.cli(['sessions', 'new', '--repo', repo]);
    const session = stdout.trim();
    scene.plays('harp', writes('harp.txt', 'h\n', 'Strings.'));
    const said = await scene.cli(['sessions', 'send', session, '--wait', 'tune the harp']);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'Strings.\n' });
    const listed = JSON.parse((await scene.cli(['worktrees', '--json'])).stdout) as Record<string, unknown>[];
    const worktree = listed.find(({ worktree_id }) => worktree_id === session);
    expect(worktree).toMatchObject({ state: 'in_use', used_by: session, branch: `ccdispatch/${session}` });
    expect(fs.existsSync(path.join(worktree?.path as string, 'harp.txt'))).toBe(true);
    await scene.cli(['worktrees', 'prune']);
    expect(fs.existsSync(worktree?.path as string)).toBe(true);
    await scene.cli(['sessions', 'end', session]);
  });

  it('takes the name of the settings, a set-up command that fails ends the task with its words', async () => {
    const other = initRepository(path.join(scene.folder, 'other'));
    const file = path.join(scene.home, 'config.json');
    const config = JSON.parse(fs.readFileSync(file, 'utf8')) as { repos: Record<string, unknown> };
    config.repos[other] = { name: 'other', setup: 'echo no such package >&2; exit 3' };
    fs.writeFileSync(file, JSON.stringify(config));
    const task = await scene.ended(await scene.dispatch(['-g', '805', '--repo', 'other', 'never']));
    expect(task).toMatchObject({ status: 'failed', reason: 'worktree', repo: other });
    expect(task.result).toContain('ended with 3: echo no such package');
    expect(task.result).toContain('\nno such package');
    const [message] = (await scene.told('805')).slice(-1);
    expect(message?.text).toContain('no such package');
  });
});
