// Tasks without permission prompts in the chat: a feature of its own, asked for each time, and named wherever the bot speaks of such a task.

import { describe, expect, it } from 'vitest';
import { encodePress } from '../../../src/lib/notifications/buttons.ts';
import { ada, type BotStage, openBotStage } from '../../support/bot-stage.ts';
import { aRun, firstTaskTs, type TaskFields } from '../../support/tasks.ts';

const at = (seconds: number) => `task-5-${firstTaskTs + seconds * 1000}`;
const later = { sentAt: firstTaskTs + 60_000 };
const yolo = { options: { yolo: true } };
const withFeature = { users: { 5: { name: 'Ada', enabled: true, allowed_features: ['yolo', 'files'] } } };
const refused = ['You may not use: yolo. Ask an admin for it.'];
const madeBy = (stage: BotStage) => stage.home.tasks.ids('5').map((id) => stage.home.tasks.load(id));

describe('a task without permission prompts', () => {
  it('is for those who were granted it: others get none, and it is in the audit log', async () => {
    const stage = openBotStage();
    expect(await stage.says('/cad do it --yolo')).toEqual(refused);
    expect(await stage.says('/cad 做这个 —yolo', { from: { ...ada, languageCode: 'zh' } })).toEqual([
      expect.stringContaining('yolo'),
    ]);
    expect(madeBy(stage)).toEqual([]);
    expect(stage.parts.users.audit(9)).toContainEqual(
      expect.objectContaining({ act: 'refused', detail: expect.objectContaining({ missing: ['yolo'] }) }),
    );
  });

  it('is made for whoever has the feature, recorded as one, and its placeholder says so', async () => {
    const stage = openBotStage(withFeature);
    await stage.says('/cad do it --yolo');
    expect(madeBy(stage)).toMatchObject([{ prompt: 'do it', options: { yolo: true } }]);
    const [task] = madeBy(stage);
    const outbox = stage.home.files.list(`${stage.home.paths.outbox}/5`);
    const placeholder = outbox.find((name) => name.startsWith(`${task?.task_id}.1.progress`));
    expect(stage.home.files.read(`${stage.home.paths.outbox}/5/${placeholder}`)).toContain('"yolo":true');
  });

  it('is not continued without prompts by itself: who goes on with it asks for that again, and must have the feature', async () => {
    const stage = openBotStage(withFeature);
    const done = await stage.hasTask({ task_id: at(1), status: 'completed', agent_session_id: 'c-1', ...yolo });
    const replyTo = { messageId: 1, isOurs: true, text: done.task_id };
    await stage.says('go on', { replyTo });
    await stage.says('go on --yolo', { replyTo });
    const made = madeBy(stage).filter(({ task_id }) => task_id !== done.task_id);
    expect(made.map(({ options }) => options.yolo).sort()).toEqual([false, true]);
    await stage.parts.users.change('5', { deny: ['yolo'] }, 'shell');
    expect(await stage.says('go on --yolo', { replyTo })).toEqual(refused);
    expect(await stage.says(`/retry ${done.task_id}`)).toEqual(refused);
    expect(stage.home.tasks.load(done.task_id).status).toBe('completed');
  });
});

describe('the bot names it wherever it speaks of such a task', () => {
  const mark = 'calc (⚠️ YOLO)';
  const told = async (fields: TaskFields, ...commands: string[]) => {
    const stage = openBotStage(withFeature);
    const task = await stage.hasTask({ task_id: at(1), ...yolo, ...fields });
    const texts: string[] = [];
    for (const command of commands) texts.push(...(await stage.says(command.replace('ID', task.task_id), later)));
    expect(texts).toHaveLength(commands.length);
    return texts;
  };

  it.each<[string, TaskFields, string[]]>([
    ['that waits', {}, ['/tasks', '/status', '/why ID', '/pause ID', '/resume ID', '/cancel ID', '/retry ID']],
    ['that runs', { status: 'running' }, ['/tasks', '/status', '/why ID', '/pause ID', '/resume ID', '/cancel ID']],
    ['that is paused', { status: 'paused' }, ['/tasks', '/why ID', '/pause ID', '/cancel ID']],
    ['that has ended', { status: 'failed' }, ['/why ID', '/pause ID', '/resume ID', '/cancel ID', '/retry ID']],
    ['of a custom agent', { status: 'running', agent: 'echo', agent_session_id: null }, ['/pause ID']],
    ['in Chinese', {}, ['任务', '状态', '原因 ID', '暂停 ID', '恢复 ID', '取消 ID', '重试 ID']],
  ])('%s', async (_kind, fields, commands) => {
    const texts = await told(fields, ...commands);
    for (const text of texts) expect(text).toContain(mark);
  });

  it('in the history, the log, the files and what buttons lead to', async () => {
    const stage = openBotStage(withFeature);
    const runs = [aRun(firstTaskTs, 'completed')];
    const task = await stage.hasTask({ task_id: at(1), status: 'completed', runs, ...yolo, agent_session_id: 'c-1' });
    await stage.home.history.add(task);
    const events = `${stage.home.paths.run(task.task_id, 1)}/events.jsonl`;
    stage.home.files.makeFolder(stage.home.paths.run(task.task_id, 1));
    const message = { content: [{ type: 'text', text: 'Said.' }] };
    stage.home.files.write(events, `${JSON.stringify({ type: 'assistant', message })}\n`);
    stage.home.files.makeFolder(task.workdir);
    stage.home.files.write(`${task.workdir}/a.txt`, 'a');
    const press = (action: 'continue' | 'files') => encodePress({ action, taskId: task.task_id, run: 1, detail: '' });
    const texts = [...(await stage.says('/history')), ...(await stage.says(`/logs ${task.task_id}`))];
    for (const action of ['continue', 'files'] as const) {
      const from = stage.calls.length;
      await stage.presses(press(action));
      texts.push(...stage.sentSince(from));
    }
    expect(texts).toHaveLength(4);
    for (const text of texts) expect(text).toContain(mark);
  });

  it('on buttons that offer several', async () => {
    const stage = openBotStage(withFeature);
    await stage.hasTask({ task_id: at(1), ...yolo });
    await stage.hasTask({ task_id: at(2), task_name: 'plain' });
    for (const command of ['/pause', '/cancel']) {
      await stage.says(command, later);
      expect(stage.keyboard().flat()).toEqual([expect.stringMatching(/plain$/), expect.stringMatching(/calc ⚠️ YOLO$/)]);
    }
  });
});
