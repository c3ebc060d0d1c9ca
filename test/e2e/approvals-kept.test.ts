// Questions that outlive processes, or end with them: a worker killed, an agent killed, a task cancelled, a time that is over.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, type Scene, startScene, until } from '../support/e2e.ts';
import { answersOf, questionShown, showsQuestion, waitForQuestion } from '../support/e2e-approvals.ts';
import { bash } from '../support/e2e-model.ts';

const questionsIn = (scene: Scene, chat: string) => scene.bot.messages(chat).filter(({ text }) => showsQuestion(text));

describe('an open question', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({
      hasBotInConfig: true,
      config: { limits: { maxSessions: 1, perUser: 1 } },
      agents: { echoes: 'cat' },
    });
  });
  afterAll(() => scene.close());

  it('leaves the place of its run to others', async () => {
    const file = path.join(scene.folder, 'patient.txt');
    scene.plays('doctor', [bash(`echo cured > ${file}`), { text: 'Cured.' }]);
    const taskId = await scene.dispatch(['-g', '601', 'see the doctor']);
    const { id } = await waitForQuestion(scene, taskId);
    const other = await scene.ended(await scene.dispatch(['-g', '602', '--agent', 'echoes', 'meanwhile']));
    expect(other).toMatchObject({ status: 'completed', result: 'meanwhile' });
    expect(scene.task(taskId).status).toBe('running');
    expect(await scene.cli(['approvals', 'allow', id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'Cured.' });
  });

  it('is answered while no worker lives, and is all the same to the next one', async () => {
    const file = path.join(scene.folder, 'relay.txt');
    scene.plays('baton', [bash(`echo passed > ${file}`), { text: 'Passed on.' }]);
    const taskId = await scene.dispatch(['-g', '603', '-n', 'relay', 'pass the baton']);
    const { id } = await waitForQuestion(scene, taskId);
    await questionShown(scene, '603');
    await scene.killWorker();
    // A person at a shell answers; that starts a worker, which takes the run over.
    expect(await scene.cli(['approvals', 'allow', id])).toMatchObject({ exitCode: 0 });
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({ status: 'completed', result: 'Passed on.', runs: [{ n: 1 }] });
    expect(fs.readFileSync(file, 'utf8')).toBe('passed\n');
    await scene.told('603');
    expect(questionsIn(scene, '603').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^👍 relay — Bash: allowed once/),
    ]);
  });

  it('stays open over the death of its worker, and is answered after the next one came', async () => {
    scene.plays('comet', [bash(`touch ${scene.folder}/comet.txt`), { text: 'Seen again.' }]);
    const taskId = await scene.dispatch(['-g', '604', 'wait for the comet']);
    const { id } = await waitForQuestion(scene, taskId);
    await scene.killWorker();
    const adopting = scene.cli(['worker', '--exit-when-idle']);
    await until('another worker', () => scene.workerPid());
    const other = await scene.ended(await scene.dispatch(['--agent', 'echoes', 'still room']));
    expect(other.status).toBe('completed');
    expect((await waitForQuestion(scene, taskId)).id).toBe(id);
    expect(await scene.cli(['approvals', 'deny', id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'Seen again.', runs: [{ n: 1 }] });
    expect(fs.existsSync(path.join(scene.folder, 'comet.txt'))).toBe(false);
    expect((await adopting).exitCode).toBe(0);
  });

  it('reaches the chat although no worker lives when it is asked', async () => {
    scene.plays('lighthouse', ({ cwd }) => [
      bash(`while [ ! -e ${cwd}/go ]; do sleep 0.05; done`),
      bash(`touch ${scene.folder}/lit.txt`),
      { text: 'Lit.' },
    ]);
    const allowed = ['--allowed-tools', 'Bash(while *),Bash(sleep *)'];
    const taskId = await scene.dispatch(['-g', '605', '-n', 'keeper', ...allowed, 'light the lighthouse']);
    await scene.running(taskId);
    await until('its first tool', () => scene.asked('light the lighthouse').length > 0);
    await scene.killWorker();
    fs.writeFileSync(path.join(scene.task(taskId).workdir, 'go'), '');
    await questionShown(scene, '605');
    expect(await scene.cli(['tasks', 'cancel', taskId])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'cancelled' });
  });

  it('is closed when its task is cancelled, and nobody can answer it any more', async () => {
    scene.plays('bridge', [bash(`touch ${scene.folder}/bridge.txt`), { text: 'never said' }]);
    const taskId = await scene.dispatch(['-g', '606', '-n', 'builder', 'build the bridge']);
    const { id, waiter } = await waitForQuestion(scene, taskId);
    await questionShown(scene, '606');
    expect(await scene.cli(['tasks', 'cancel', taskId])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'cancelled' });
    expect(isRunning(waiter?.pid as number)).toBe(false);
    expect(answersOf(scene, taskId)).toMatchObject([{ answer: 'deny', how: 'void' }]);
    await scene.told('606');
    expect(questionsIn(scene, '606').map(({ text }) => text)).toEqual([
      expect.stringMatching(/^⚪ builder — Bash: no longer asked/),
    ]);
    expect(await scene.cli(['approvals', 'allow', id])).toMatchObject({ exitCode: 1 });
  });

  it('is void when its agent is killed: the hook leaves, and the task asks anew where it goes on', async () => {
    scene.plays('cat', [bash(`touch ${scene.folder}/cat.txt`), { text: 'never said' }], {
      later: [bash(`touch ${scene.folder}/cat.txt`), { text: 'Eight lives left.' }],
    });
    const taskId = await scene.dispatch(['-g', '607', 'be a cat']);
    const first = await waitForQuestion(scene, taskId);
    const worker = scene.workerPid() as number;
    // The worker is stopped, so that the hook has to see by itself that nobody waits for it.
    process.kill(worker, 'SIGSTOP');
    process.kill(scene.latestRun(taskId).pid, 'SIGKILL');
    await until('the hook to leave', () => !isRunning(first.waiter?.pid as number));
    expect(answersOf(scene, taskId)).toMatchObject([{ id: first.id, answer: 'deny', how: 'void' }]);
    process.kill(worker, 'SIGKILL');
    await until('the worker to die', () => !isRunning(worker));
    const going = scene.cli(['worker', '--exit-when-idle']);
    const second = await waitForQuestion(scene, taskId);
    expect(second).toMatchObject({ run: 2, input: first.input });
    expect(await scene.cli(['approvals', 'allow', second.id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'Eight lives left.' });
    expect((await going).exitCode).toBe(0);
  });
});

describe('a question that nobody answers', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ config: { approvals: { timeoutMinutes: 0.05 } }, env: { LANG: 'zh_CN.UTF-8' } });
  });
  afterAll(() => scene.close());

  it('times out, which is not the same as being denied; in the language of who asked', async () => {
    const file = path.join(scene.folder, 'late.txt');
    scene.plays('godot', [bash(`touch ${file}`), { text: '他没有来。' }]);
    const taskId = await scene.dispatch(['-g', '701', '-n', '等待', '--timeout', '20s', 'wait for godot']);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: '他没有来。' });
    expect(fs.existsSync(file)).toBe(false);
    expect(JSON.stringify(scene.asked('wait for godot').at(-1)?.body)).toContain('it timed out, nobody denied it');
    expect(answersOf(scene, taskId)).toMatchObject([{ answer: 'deny', how: 'timeout', by: null }]);
    await scene.told('701');
    const texts = scene.bot.messages('701').flatMap(({ history }) => history);
    expect(texts).toContainEqual(expect.stringMatching(/^❓ 等待 — 可以使用 Bash 吗？/));
    expect(texts).toContainEqual(expect.stringMatching(/^⌛ 等待 — Bash：已超时，3\.0 秒内无人答复/));
  });
});
