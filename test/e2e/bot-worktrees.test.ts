// Tasks on repositories from a chat: who may ask for them, how a repository is named, and that replies stay in its worktree.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/e2e.ts';
import { type BotScene, sessionsOf, startBotScene } from '../support/e2e-bot.ts';
import { makeGate, textOfRequest, writes } from '../support/e2e-model.ts';
import { gitIn } from '../support/work-repository.ts';
import { initRepository } from '../support/worktree-home.ts';

const [ada, bob, li, cem] = [
  { id: 651, name: 'Ada' },
  { id: 652, name: 'Bob' },
  { id: 653, name: '小丽', language: 'zh-hans' },
  { id: 654, name: 'Cem' },
];

let scene: BotScene;
let repo: string;
beforeAll(async () => {
  scene = await startBotScene({ users: [ada, li, cem] });
  repo = initRepository(path.join(scene.folder, 'shop'));
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
  fs.writeFileSync(file, JSON.stringify({ ...config, repos: { [repo]: { name: 'shop' } } }));
  await scene.cli(['users', 'add', '652']);
  await scene.startBot();
});
afterAll(() => scene.close());

it('/cad --repo name works in a worktree, a reply with a file too, and what it wrote can be had', async () => {
  scene.plays('search box', writes('search.txt', 'box\n', 'Built.'));
  scene.says(ada, '/cad —repo shop add a search box');
  const result = await scene.resultIn('651');
  const [first] = scene.tasksOf('651') as [string];
  const task = scene.task(first);
  expect(task).toMatchObject({ status: 'completed', repo, worktree: first, branch: `ccdispatch/${first}` });
  expect(fs.readdirSync(repo)).not.toContain('search.txt');

  const paper = scene.bot.addFile('paper.txt', Buffer.from('PAPER'));
  const read = (file: string) => ({ toolUses: [{ name: 'Read', input: { file_path: file } }] });
  const attached = () =>
    path.join(scene.home, 'workspaces/651', scene.tasksOf('651')[1] ?? '', 'attachments/paper.txt');
  scene.plays('look at it', () => [read(attached()), { text: 'Looked.' }]);
  const document = { file_id: paper, file_unique_id: 'p', file_name: 'paper.txt', file_size: 5 };
  fs.rmSync(task.workdir, { recursive: true });
  scene.says(ada, '', { replyTo: result, fields: { document, caption: 'look at it' } });
  const second = await until('the second task', () => scene.tasksOf('651')[1]);
  expect(await scene.ended(second)).toMatchObject({ status: 'completed', workdir: task.workdir, worktree: first });
  // The agent may read what came with the message, though that lies beside the worktree.
  expect(textOfRequest(scene.asked('look at it').at(-1) as never)).toContain('PAPER');
  expect(fs.existsSync(path.join(task.workdir, 'attachments'))).toBe(false);
  expect(fs.existsSync(path.join(task.workdir, 'a.txt'))).toBe(true);
});

it('a first message with --repo begins a session in a worktree, whose agent reads what comes with messages', {
  timeout: 60_000,
}, async () => {
  const paper = scene.bot.addFile('plan.txt', Buffer.from('PLAN'));
  const sent: number[] = [];
  const attached = () => {
    const [session] = sessionsOf(scene);
    return path.join(scene.home, 'workspaces/654', `${session?.session_id}`, `attachments/${sent.at(-1)}/plan.txt`);
  };
  const read = () => ({ toolUses: [{ name: 'Read', input: { file_path: attached() } }] });
  scene.plays('build the shelf', () => [read(), { text: 'Built.' }]);
  scene.plays('paint the shelf', () => [read(), { text: 'Painted.' }]);
  const document = { file_id: paper, file_unique_id: 'q', file_name: 'plan.txt', file_size: 4 };
  for (const [caption, answer] of [
    ['--repo shop build the shelf', 'Built.'],
    ['paint the shelf', 'Painted.'],
  ] as const) {
    sent.push(scene.says(cem, '', { fields: { document, caption } }));
    await scene.hears(654, answer);
    expect(textOfRequest(scene.asked(caption.replace('--repo shop ', '')).at(-1) as never)).toContain('PLAN');
  }
  const [session, ...more] = sessionsOf(scene);
  expect([session?.repo, session?.worktree, more]).toEqual([repo, session?.session_id, []]);
  expect(scene.tasksOf('654').map((id) => scene.task(id).session_id)).toEqual(Array(2).fill(session?.session_id));
  // Nobody was asked, and nothing of it lies in the worktree, where it would be committed.
  expect(scene.texts(654).filter((text) => text.startsWith('❓'))).toEqual([]);
  expect(fs.existsSync(path.join(session?.workdir ?? '', 'a.txt'))).toBe(true);
  expect(fs.existsSync(path.join(session?.workdir ?? '', 'attachments'))).toBe(false);
});

it('says what is not there, and is refused to who was not given the feature', async () => {
  scene.says(ada, '/cad --repo shoe mend it');
  await scene.hears(651, 'There is no repository called "shoe".');
  await scene.hears(651, /These have names: shop/);
  scene.says(ada, '/cad --repo shop --base nowhere mend it');
  await scene.hears(651, 'has no commit "nowhere"');
  scene.says(bob, '/cad --repo shop mend it');
  await scene.hears(652, 'repo');
  expect(scene.tasksOf('652')).toEqual([]);
});

it('says in Chinese what is wrong with a repository, when it is asked for and when it is to be worked in', async () => {
  scene.says(li, '/cad --repo shoe 修一下');
  await scene.hears(653, '没有叫“shoe”的仓库。\n有名字的仓库：shop。');
  scene.says(li, `/cad --repo ${path.join(scene.folder, 'nowhere')} 修一下`);
  await scene.hears(653, 'nowhere 那里没有仓库：路径不存在');
  scene.says(li, '/cad --repo shop --base nowhere 修一下');
  await scene.hears(653, '里没有提交“nowhere”。');
  scene.says(li, '/cad --repo shop --branch main 修一下');
  await scene.hears(653, '里已经有分支 main。');
  expect(scene.tasksOf('653')).toEqual([]);
  // Somebody takes the name after it was asked for.
  const gate = makeGate();
  scene.plays('等一下', [{ text: '好了。' }], { before: () => gate.opened });
  scene.says(li, '/cad 等一下');
  await until('the first task', () => scene.tasksOf('653')[0]);
  scene.says(li, '/cad --repo shop --branch topic --after latest 修一下');
  await until('the second task', () => scene.tasksOf('653')[1]);
  gitIn(repo, 'branch', 'topic');
  gate.open();
  const failed = await scene.hears(653, /^❌ 修一下/);
  expect(failed.text).toContain('里已经有分支 topic。 请换一个名字');
});
