// Answers to a message that several tasks share: which one is meant is asked, and nothing starts before that is said.

import { expect, it } from 'vitest';
import { type BotStage, openBotStage } from '../../support/bot-stage.ts';
import { firstTaskTs } from '../../support/tasks.ts';

const shared = (messageId = 70) => ({ replyTo: { messageId, isOurs: true, text: '🗂 4 tasks at work\n▶️ one' } });

/** What the deliverer notes of the messages that it has sent. */
async function note(stage: BotStage, message_id: number, task_ids: string[]): Promise<void> {
  const { files, paths } = stage.home;
  await files.replace(`${paths.outbox}/5/chat.delivery.json`, JSON.stringify({ shared: [{ message_id, task_ids }] }));
}

async function stageWithTasks(): Promise<{ stage: BotStage; ids: string[] }> {
  const stage = openBotStage();
  const tasks = [
    await stage.hasTask({ task_id: `task-5-${firstTaskTs + 0}`, task_name: 'one', status: 'completed' }),
    await stage.hasTask({ task_id: `task-5-${firstTaskTs + 1}`, task_name: 'two', status: 'running' }),
    await stage.hasTask({ task_id: `task-5-${firstTaskTs + 2}`, task_name: 'three' }),
    await stage.hasTask({ task_id: `task-5-${firstTaskTs + 3}`, task_name: 'of another', user_id: '9' }),
  ];
  return { stage, ids: tasks.map(({ task_id }) => task_id) };
}

it('asks which of the tasks goes on, those that have not ended first, and makes none', async () => {
  const { stage, ids } = await stageWithTasks();
  await note(stage, 70, ids);
  const before = stage.home.tasks.ids('5').length;
  for (const text of ['and then?', '/cad and then?']) {
    expect(await stage.says(text, { ...shared(), updateId: 77 })).toEqual([
      'You answered a message that speaks of several tasks. Which one goes on with this?',
    ]);
  }
  expect(stage.keyboard()).toEqual([['⏳ three'], ['🔧 two'], ['↩️ one'], ['🆕 A new task', '🗑 Forget it']]);
  expect(stage.fixed()).toMatchObject({ kind: 'task' });
  expect(stage.home.tasks.ids('5')).toHaveLength(before);
});

it('keeps the id of the task that it will be over a crash, and does not ask once that is made', async () => {
  const { stage, ids } = await stageWithTasks();
  await note(stage, 70, ids);
  await stage.says('and then?', { ...shared(), updateId: 77 });
  const plan = stage.fixed() as { task_id: string };
  await stage.says('and then?', { ...shared(), updateId: 77 }, plan);
  expect(stage.fixed()).toEqual(plan);
  expect(await stage.says('and then?', { ...shared(), updateId: 77 }, { ...plan, task_id: ids[0] })).toHaveLength(1);
  await stage.hasTask({ task_id: `task-5-${firstTaskTs + 10}`, source: { kind: 'telegram', update_id: 77 } });
  plan.task_id = `task-5-${firstTaskTs + 10}`;
  expect(await stage.says('and then?', { ...shared(), updateId: 77 }, plan)).toEqual([]);
});

it('knows one that nobody has noted by its text, and says where none of its tasks is left', async () => {
  const { stage } = await stageWithTasks();
  await stage.says('and then?', shared());
  expect(stage.keyboard()).toEqual([['⏳ three'], ['🔧 two'], ['🆕 A new task', '🗑 Forget it']]);
  const empty = openBotStage({ config: { bot: { plainText: 'hint' }, language: 'zh' } });
  expect(await empty.says('然后呢？', shared())).toEqual([
    '你回复的消息说的是多个任务，它们在这里都不能继续了。要作为新任务吗？',
  ]);
  expect(empty.keyboard()).toEqual([['🆕 新任务', '🗑 算了']]);
});

it('says nothing of it to who answers something else', async () => {
  const { stage, ids } = await stageWithTasks();
  await note(stage, 70, ids);
  const before = stage.home.tasks.ids('5').length;
  await stage.says('hello', { replyTo: { messageId: 71, isOurs: true, text: 'pong' } });
  await stage.says('hello', { replyTo: { messageId: 70, isOurs: false, text: '🗂 mine' } });
  expect(stage.home.tasks.ids('5')).toHaveLength(before + 2);
});
