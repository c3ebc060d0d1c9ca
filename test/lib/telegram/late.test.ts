// Messages that came late: which are asked about, which are passed over, and what stays the same over a crash.

import { describe, expect, it } from 'vitest';
import { ada, openBotStage } from '../../support/bot-stage.ts';
import { firstTaskTs } from '../../support/tasks.ts';

const hours = (count: number) => ({ sentAt: firstTaskTs - count * 3_600_000 });

describe('a request that came late', () => {
  it('is asked about, with the id of its task fixed', async () => {
    const stage = openBotStage();
    expect(await stage.says('/cad do it', { ...hours(0.9) })).toEqual([]);
    expect(stage.announced()).toEqual([]);
    const before = stage.home.tasks.ids('5').length;
    await stage.says('/cad do it', { ...hours(25), updateId: 77 });
    const question = {
      text: 'You sent this 1 d 1 h ago, while I was away. Run it now?',
      buttons: ['▶️ Run it now', '🗑 Forget it'],
    };
    expect(stage.announced()).toEqual([question]);
    expect(stage.home.tasks.ids('5')).toHaveLength(before);
    const plan = stage.fixed();
    expect(plan).toMatchObject({ kind: 'task' });
    // Handled again after a crash, it is still the same task, and asked about once.
    await stage.says('/cad do it', { ...hours(26), updateId: 77 }, plan);
    expect(stage.fixed()).toEqual(plan);
    expect(stage.announced()).toEqual([question]);
    // Nothing of it was said past the outbox, where it could be lost.
    expect(stage.sentSince(0)).toEqual([]);
  });

  it('in Chinese', async () => {
    const stage = openBotStage();
    const from = { ...ada, languageCode: 'zh' };
    await stage.says('做', { ...hours(2), from });
    expect(stage.announced()).toEqual([
      { text: '这是你 2 小时前发的，当时我不在线。现在运行吗？', buttons: ['▶️ 现在运行', '🗑 算了'] },
    ]);
  });

  it('is not asked about where its task was made before the crash', async () => {
    const stage = openBotStage();
    await stage.says('do it', { updateId: 77 });
    const plan = stage.fixed();
    expect(await stage.says('do it', { ...hours(3), updateId: 77 }, plan)).toEqual([]);
    expect(stage.announced()).toEqual([]);
    expect(stage.home.tasks.ids('5')).toHaveLength(1);
  });

  it('as late as the settings say', async () => {
    const stage = openBotStage({ config: { bot: { confirmAfterSeconds: 10 } } });
    await stage.says('/cad do it', { sentAt: firstTaskTs - 9000 });
    expect(stage.announced()).toEqual([]);
    await stage.says('do it', { sentAt: firstTaskTs - 11_000 });
    expect(stage.announced().map(({ text }) => text)).toEqual([
      'You sent this 11 s ago, while I was away. Run it now?',
    ]);
  });
});

describe('a command that came late', () => {
  it.each(['/cancel', '/retry', '/lang zh'])(
    '%s is not run, and who wanted to change something hears so',
    async (text) => {
      const stage = openBotStage();
      const task = await stage.hasTask({});
      const [name] = text.split(' ');
      await stage.says(text, hours(2));
      expect(stage.announced()).toEqual([
        { text: `You sent ${name} 2 h ago, while I was away, so I did not do it. Send it again.`, buttons: [] },
      ]);
      expect(stage.home.tasks.load(task.task_id).status).toBe('pending');
      expect(stage.parts.users.find('5')?.language).toBeNull();
    },
  );

  it.each(['/status', '/tasks', '/ping', '/help', 'history'])('%s is passed over', async (text) => {
    const stage = openBotStage();
    expect(await stage.says(text, hours(2))).toEqual([]);
    expect(stage.announced()).toEqual([]);
  });
});
