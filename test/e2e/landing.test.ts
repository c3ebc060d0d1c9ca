// What comes out of a task on a repository, with real git and the real agent: committed, merged, pushed, shown, discarded.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { bash, writes } from '../support/e2e-model.ts';
import { until } from '../support/until.ts';
import { commitAll, gitIn } from '../support/work-repository.ts';
import { initRepository } from '../support/worktree-home.ts';

let scene: Scene;
const repos = { keep: '', merge: '', pr: '' };
let bin: string;
beforeAll(async () => {
  scene = await startScene();
  for (const name of ['keep', 'merge', 'pr'] as const) {
    repos[name] = initRepository(path.join(scene.folder, `repo-${name}`));
    // What the repository would have run: nothing of it may be, but by the push, which is the person's own.
    for (const hook of ['pre-commit', 'post-commit', 'post-merge', 'post-checkout', 'reference-transaction']) {
      const script = `#!/bin/sh\necho ${hook} >> ${scene.folder}/hooks-ran\n`;
      if (name !== 'pr') fs.writeFileSync(path.join(repos[name], '.git/hooks', hook), script, { mode: 0o755 });
    }
  }
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  const settings = { [repos.merge]: { onEnd: 'merge' }, [repos.pr]: { onEnd: 'pr' } };
  fs.writeFileSync(file, JSON.stringify({ ...config, repos: settings }));
  bin = path.join(scene.folder, 'bin');
  fs.mkdirSync(bin, { recursive: true });
  const gh = `#!/bin/sh
echo "$@" >> ${scene.folder}/gh-calls
case "$1 $2" in
  "pr view") [ -e ${scene.folder}/opened ] && echo https://example.org/pull/1 || exit 1;;
  "pr create") : > ${scene.folder}/opened; echo https://example.org/pull/1;;
esac
`;
  fs.writeFileSync(path.join(bin, 'gh'), gh, { mode: 0o755 });
  scene.env.PATH = `${bin}:${scene.env.PATH ?? process.env.PATH}`;
});
afterAll(() => scene.close());

/** Waits until what is done with the work of the task is done. */
async function settled(taskId: string) {
  const task = await scene.ended(taskId);
  await until('the claim to go', () => !fs.existsSync(path.join(scene.home, 'queue', 'active', taskId)));
  return task;
}

const landings = async (chat: string) => (await scene.told(chat)).filter(({ text }) => /^(🔀|⬆️|⚠️|ℹ️)/u.test(text));

describe('a task on a repository', () => {
  it('is committed, counted in its result, shown, merged when asked, once', async () => {
    scene.plays('violin', writes('violin.txt', 'one\ntwo\n', 'First movement.'));
    const id = await scene.dispatch(['-g', '811', '--repo', repos.keep, '-n', 'violin', 'play the violin']);
    const task = await settled(id);
    expect(task.work).toMatchObject({ files: 1, insertions: 2, deletions: 0 });
    expect(gitIn(repos.keep, 'log', '-1', '--format=%s', `ccdispatch/${id}`)).toBe('violin');
    expect(gitIn(repos.keep, 'log', '--format=%s', 'main')).not.toContain('violin');
    expect((await scene.told('811')).at(-1)?.text).toContain(`🌿 1 file, +2 −0 on ccdispatch/${id}`);
    expect((await scene.cli(['tasks', 'show', id])).stdout).toContain(`1 file, +2 −0 on ccdispatch/${id}`);
    expect((await scene.cli(['tasks', 'diff', id, '--name-only'])).stdout).toBe('violin.txt\n');
    expect((await scene.cli(['tasks', 'diff', id])).stdout).toContain('+two\n');

    fs.writeFileSync(path.join(repos.keep, 'dirty.txt'), 'x');
    gitIn(repos.keep, 'add', 'dirty.txt');
    const refused = await scene.cli(['tasks', 'merge', id]);
    expect([refused.exitCode, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('dirty.txt');
    gitIn(repos.keep, 'reset', '--quiet', '--hard');

    const merged = await scene.cli(['tasks', 'merge', id]);
    expect([merged.exitCode, merged.stdout]).toEqual([0, 'violin — merged into main\n']);
    expect(fs.readFileSync(path.join(repos.keep, 'violin.txt'), 'utf8')).toBe('one\ntwo\n');
    expect(gitIn(repos.keep, 'status', '--porcelain')).toBe('');
    expect((await scene.cli(['tasks', 'merge', id])).stdout).toBe('violin — is in main already\n');
    expect(await landings('811')).toEqual([]);
  });

  it('tells once, with its result, what is to be known about its worktree', async () => {
    fs.writeFileSync(path.join(repos.keep, 'being-edited.txt'), 'x');
    gitIn(repos.keep, 'add', 'being-edited.txt');
    scene.plays('viola', [{ text: 'Slow.' }]);
    const first = await settled(await scene.dispatch(['-g', '818', '--repo', repos.keep, 'play the viola']));
    gitIn(repos.keep, 'reset', '--quiet', '--hard');
    scene.plays('once more', [{ text: 'Slower.' }]);
    await settled(await scene.dispatch(['-g', '818', '-s', first.task_id, 'once more']));
    const note = 'ℹ️ Your checkout had changes that were not committed; the work began without them.';
    const told = (await scene.told('818')).filter(({ text }) => text.includes(note));
    expect(told.map(({ text }) => text.split('\n')[1])).toEqual(['Slow.']);
    expect((await scene.cli(['tasks', 'show', first.task_id])).stdout).toContain('the work began without them');
  });

  it('is refused where it has no worktree, is at work, or fits no more', async () => {
    scene.plays('flute', [{ text: 'Done.' }]);
    const without = await settled(await scene.dispatch(['-g', '812', 'play the flute']));
    for (const command of ['merge', 'pr', 'diff', 'discard']) {
      const said = await scene.cli(['tasks', command, without.task_id]);
      expect([said.exitCode, said.stdout], command).toEqual([2, '']);
      expect(said.stderr).toContain('has no worktree');
    }
    const over = path.join(scene.folder, 'the organ is over');
    const plays = `until [ -e '${over}' ]; do sleep 0.1; done; echo organ > base.txt`;
    scene.plays('organ', [bash(plays), { text: 'Loud.' }]);
    const options = ['-g', '812', '--repo', repos.keep, '--allowed-tools', 'Bash'];
    const busy = await scene.dispatch([...options, 'play the organ']);
    await scene.running(busy);
    for (const command of ['merge', 'pr', 'discard']) {
      const said = await scene.cli(['tasks', command, busy]);
      expect([said.exitCode, said.stderr.includes('at work')], command).toEqual([6, true]);
    }
    fs.writeFileSync(over, '');
    await settled(busy);
    commitAll(repos.keep, 'of the person', { 'base.txt': 'something else\n' });
    const conflict = await scene.cli(['tasks', 'merge', busy, '--json']);
    expect(conflict.exitCode).toBe(1);
    expect(JSON.parse(conflict.stdout)).toMatchObject({ kind: 'conflict', into: 'main', files: ['base.txt'] });
    const discarded = await scene.cli(['tasks', 'discard', busy]);
    expect(discarded.stdout).toContain('To get it back: git -C');
  });

  it('is merged at its end where the settings say so, and the chat is told once', async () => {
    scene.plays('viola', writes('viola.txt', 'v\n', 'Second movement.'));
    scene.plays('cello', writes('cello.txt', 'c\n', 'Third movement.'));
    const options = ['-g', '813', '--repo', repos.merge];
    const ids = [
      await scene.dispatch([...options, '-n', 'viola', 'play the viola']),
      await scene.dispatch([...options, '-n', 'cello', 'play the cello']),
    ];
    for (const id of ids) await settled(id);
    const told = await landings('813');
    expect(told.map(({ text }) => text).sort()).toEqual(['🔀 cello — merged into main', '🔀 viola — merged into main']);
    const history = gitIn(repos.merge, 'log', '--format=%s', 'main').split('\n');
    expect(history.slice(0, 2).sort()).toEqual(['cello', 'viola']);
    expect(gitIn(repos.merge, 'rev-list', '--merges', 'main')).toBe('');
    expect(gitIn(repos.merge, 'status', '--porcelain')).toBe('');
    expect(gitIn(repos.merge, 'fsck', '--no-dangling')).toBe('');
  });

  it('is merged and told once, also where the worker is killed over it', async () => {
    scene.plays('bass', writes('bass.txt', 'b\n', 'Deep.'));
    const id = await scene.dispatch(['-g', '815', '--repo', repos.merge, '-n', 'bass', 'play the bass']);
    await until('the outcome', () => scene.task(id).status === 'completed');
    await scene.killWorker();
    // What a git of the dead worker still does, it does to its end.
    await scene.cli(['worker', '--exit-when-idle']);
    await settled(id);
    expect((await landings('815')).map(({ text }) => text)).toEqual(['🔀 bass — merged into main']);
    expect(gitIn(repos.merge, 'log', '-1', '--format=%s', 'main')).toBe('bass');
    expect(gitIn(repos.merge, 'status', '--porcelain')).toBe('');
  });

  it('becomes a pull request at its end where the settings say so', async () => {
    const remote = path.join(scene.folder, 'remote.git');
    gitIn(scene.folder, 'init', '--quiet', '--bare', remote);
    gitIn(repos.pr, 'remote', 'add', 'origin', remote);
    scene.plays('harp', writes('harp.txt', 'h\n', 'Fourth movement.'));
    const id = await scene.dispatch(['-g', '814', '--repo', repos.pr, '-n', 'harp', 'play the harp']);
    await settled(id);
    const [told, ...more] = await landings('814');
    expect([told?.text, more]).toEqual(['⬆️ harp — pull request\nhttps://example.org/pull/1', []]);
    expect(gitIn(remote, 'log', '-1', '--format=%s', `ccdispatch/${id}`)).toBe('harp');
    expect(fs.readFileSync(path.join(scene.folder, 'gh-calls'), 'utf8')).toContain(
      `pr create --head ccdispatch/${id} --base main --title harp --fill`,
    );
    const again = await scene.cli(['tasks', 'pr', id]);
    expect(again.stdout).toBe('harp — pull request\nhttps://example.org/pull/1\n');
  });

  it('had nothing of the repository run', () => {
    expect(fs.existsSync(path.join(scene.folder, 'hooks-ran'))).toBe(false);
  });
});
