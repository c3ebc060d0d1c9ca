// The agent asks before it uses a tool, and a person answers: allowed, denied, once or for the task, seen whole, by whom.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Scene, startScene, until } from '../support/e2e.ts';
import { showsQuestion, waitForQuestion } from '../support/e2e-approvals.ts';
import { bash } from '../support/e2e-model.ts';

const silenceSeconds = 6;
/** A secret of the agent's environment by its name. */
const forgeToken = 'plain-words-of-the-forge';
let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    config: { timeouts: { silenceSeconds, graceSeconds: 1 }, agents: { passEnv: ['FORGE_TOKEN'] } },
    env: { FORGE_TOKEN: forgeToken },
  });
});
afterAll(() => scene.close());

const textsIn = (chat: string) => scene.bot.messages(chat).map(({ text }) => text);
const questionsIn = (chat: string) => scene.bot.messages(chat).filter(({ text }) => showsQuestion(text));

describe.concurrent('an agent that asks', () => {
  it('does what was allowed, and may be silent for as long as the person takes', async ({ expect }) => {
    const file = path.join(scene.folder, 'allowed.txt');
    scene.plays('vault', [bash(`echo opened > ${file}`), { text: 'It is open.' }]);
    const taskId = await scene.dispatch(['-g', '501', '-n', 'thief', 'open the vault']);
    const { id, tool, input } = await waitForQuestion(scene, taskId);
    expect([tool, input.command]).toEqual(['Bash', `echo opened > ${file}`]);
    await until('the question in the chat', () => questionsIn('501').length === 1);
    await until('the progress to say so', () =>
      textsIn('501').some((text) => text.startsWith('❓ thief — waiting for your answer\n🔧 Bash')),
    );
    expect((await scene.cli(['tasks', 'why', taskId])).stdout).toContain('It asks whether it may use Bash.');
    expect((await scene.cli(['tasks', 'show', taskId])).stdout).toContain('your answer: may it use Bash?');
    await new Promise((resolve) => setTimeout(resolve, silenceSeconds * 1000 + 500));
    expect(scene.task(taskId).status).toBe('running');
    expect(await scene.cli(['approvals', 'allow', id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'It is open.' });
    expect(fs.readFileSync(file, 'utf8')).toBe('opened\n');
    await scene.told('501');
    expect(questionsIn('501')).toMatchObject([
      { edits: 1, text: expect.stringMatching(/^👍 thief — Bash: allowed once by someone at a shell\necho opened > /) },
    ]);
    expect(scene.results('501')).toHaveLength(1);
  });

  it('hears that it was denied, and goes on', async ({ expect }) => {
    const file = path.join(scene.folder, 'denied.txt');
    scene.plays('bank', [bash(`touch ${file}`), { text: 'I could not.' }]);
    const taskId = await scene.dispatch(['-g', '502', '-n', 'robber', 'rob the bank']);
    const { id } = await waitForQuestion(scene, taskId);
    expect(await scene.cli(['approvals', 'deny', id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'I could not.' });
    expect(fs.existsSync(file)).toBe(false);
    expect(JSON.stringify(scene.asked('rob the bank').at(-1)?.body)).toContain('A person has denied this.');
    await scene.told('502');
    expect(questionsIn('502').map(({ text }) => text)).toEqual([expect.stringMatching(/^🚫 robber — Bash: denied by/)]);
  });

  it('asks once for equal commands that were allowed for the task, and again for others', async ({ expect }) => {
    const file = path.join(scene.folder, 'counted.txt');
    const count = (word: string) => bash(`echo ${word} >> ${file}`, { description: `Counts ${Math.random()}` });
    scene.plays('sheep', [count('one'), count('one'), count('two'), { text: 'Counted.' }]);
    const taskId = await scene.dispatch(['-g', '503', 'count the sheep']);
    const first = await waitForQuestion(scene, taskId);
    expect(await scene.cli(['approvals', 'allow', first.id, '--for-task'])).toMatchObject({ exitCode: 0 });
    const second = await waitForQuestion(scene, taskId);
    expect(second.input.command).toBe(`echo two >> ${file}`);
    expect(await scene.cli(['approvals', 'allow', second.id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'Counted.' });
    expect(fs.readFileSync(file, 'utf8')).toBe('one\none\ntwo\n');
    await scene.told('503');
    expect(questionsIn('503').map(({ text }) => /allowed .* by/.exec(text)?.[0])).toEqual([
      'allowed for this task by',
      'allowed once by',
    ]);
  });

  it('asks for the agents that it starts, too', async ({ expect }) => {
    const file = path.join(scene.folder, 'helped.txt');
    const task = { description: 'helps', prompt: 'be a helper', subagent_type: 'general-purpose' };
    scene.plays('be a helper', [bash(`touch ${file}`), { text: 'Helped.' }]);
    scene.plays('foreman', [{ toolUses: [{ name: 'Task', input: task }] }, { text: 'All done.' }]);
    const taskId = await scene.dispatch(['-g', '504', 'be the foreman']);
    const question = await waitForQuestion(scene, taskId);
    expect(question.agent_id).toMatch(/\w/);
    expect(await scene.cli(['approvals', 'allow', question.id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed' });
    expect(fs.existsSync(file)).toBe(true);
  });

  it('shows all that it asks for, as a file where that is long, with secrets masked and nothing hidden', async ({
    expect,
  }) => {
    const file = path.join(scene.folder, 'long.txt');
    const content = `key ${forgeToken}\n${'a line of it\n'.repeat(500)}and \u202e\u0007 that`;
    scene.plays('novel', [
      { toolUses: [{ name: 'Write', input: { file_path: file, content } }] },
      { text: 'Written.' },
    ]);
    const taskId = await scene.dispatch(['-g', '505', '-n', 'poet', 'write a novel']);
    const { id, tool } = await waitForQuestion(scene, taskId);
    expect(tool).toBe('Write');
    await until('the question in the chat', () => questionsIn('505').length === 1);
    const whole =
      scene.bot
        .messages('505')
        .find(({ document }) => document)
        ?.document?.bytes.toString() ?? '';
    expect(whole).toContain(`file_path: ${file}\n`);
    expect(whole.match(/a line of it/g)).toHaveLength(500);
    expect(whole).toContain('│ and ⟨U+202E⟩␇ that');
    expect(whole).not.toContain(forgeToken);
    expect(await scene.cli(['approvals', 'allow', id])).toMatchObject({ exitCode: 0 });
    await scene.ended(taskId);
    // What is masked for people is whole for the tool.
    expect(fs.readFileSync(file, 'utf8')).toBe(content);
    fs.rmSync(file);
  });
});

describe.concurrent('a task without a chat', () => {
  it('has nobody to ask, and its agent does without', async ({ expect }) => {
    const file = path.join(scene.folder, 'alone.txt');
    scene.plays('hermit', [bash(`touch ${file}`), { text: 'I am alone.' }]);
    const taskId = await scene.dispatch(['live like a hermit']);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'I am alone.' });
    expect(fs.existsSync(file)).toBe(false);
    expect(fs.readdirSync(scene.taskFolder(taskId))).not.toContain('approvals');
  });

  it('with --approvals is answered at a shell', async ({ expect }) => {
    const file = path.join(scene.folder, 'shell.txt');
    scene.plays('crab', [bash(`echo out > ${file}`), { text: 'Out of it.' }]);
    const taskId = await scene.dispatch(['--approvals', 'come out, crab']);
    const { id } = await waitForQuestion(scene, taskId);
    const { stdout } = await scene.cli(['approvals']);
    expect(stdout).toContain(`    command: echo out > ${file}\n`);
    expect(await scene.cli(['approvals', 'allow', id])).toMatchObject({ exitCode: 0 });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'Out of it.' });
    expect(fs.readFileSync(file, 'utf8')).toBe('out\n');
  });
});
