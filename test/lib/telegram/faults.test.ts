// When something goes wrong on our side: who hears of it, and how often.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createUsersWatch, withFaultsTold } from '../../../src/lib/telegram/faults.ts';
import type { IncomingMessage } from '../../../src/lib/telegram/incoming.ts';
import { ada, type BotStage, openBotStage } from '../../support/bot-stage.ts';

const message = (updateId: number, fields: Partial<IncomingMessage> = {}): IncomingMessage => ({
  kind: 'message',
  updateId,
  chat: { id: '5', kind: 'private', title: null },
  threadId: null,
  from: ada,
  sentAt: 0,
  messageId: 1,
  text: 'do it',
  files: [],
  albumId: null,
  replyTo: null,
  isAddressed: true,
  isForwarded: false,
  partOf: [],
  partMessageIds: [],
  ...fields,
});
const handling = { plan: null, fix: async () => {}, aside: () => {}, forget: () => {} };
const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });

/** Tries an update so often, each time failing so. */
async function tryOften(stage: BotStage, incoming: IncomingMessage, error: Error, times: number): Promise<void> {
  const handle = withFaultsTold(stage.parts, async () => {
    throw error;
  });
  for (let n = 0; n < times; n++) await expect(handle(incoming, handling)).rejects.toBe(error);
}

describe('a fault while an update is handled', () => {
  it('is told after the last attempt, once', async () => {
    const stage = openBotStage();
    await tryOften(stage, message(1), new Error('a bug'), 2);
    expect(stage.sentSince(0)).toEqual([]);
    await tryOften(stage, message(1), new Error('a bug'), 4);
    expect(stage.sentSince(0)).toEqual([
      'Something went wrong on my side: it is in the log. Your message is kept, and I try it again at my next start.',
    ]);
  });

  it('in what takes long is told as well, but not where the bot is stopped', async () => {
    const stage = openBotStage();
    const jobs: ((signal: AbortSignal) => Promise<void>)[] = [];
    const failing = async () => {
      throw new Error('a bug');
    };
    const handle = withFaultsTold(stage.parts, async (_, { aside }) => aside(failing));
    await handle(message(1), { ...handling, aside: (job) => void jobs.push(job) });
    const [job] = jobs as [(signal: AbortSignal) => Promise<void>];
    const stopped = AbortSignal.abort();
    for (let n = 0; n < 3; n++) await expect(job(stopped)).rejects.toThrow('a bug');
    expect(stage.sentSince(0)).toEqual([]);
    for (let n = 0; n < 3; n++) await expect(job(new AbortController().signal)).rejects.toThrow('a bug');
    expect(stage.sentSince(0)).toEqual([expect.stringMatching(/^Something went wrong on my side/)]);
  });

  it('of a full disk is told at once, and not again', async () => {
    const stage = openBotStage();
    await tryOften(stage, message(1, { from: { ...ada, languageCode: 'zh' } }), full, 20);
    expect(stage.sentSince(0)).toEqual(['磁盘已满：现在无法接受新的任务。有空间后我会再试。']);
  });

  it('is told to nobody who may not use the bot, and hides no fault of telling it', async () => {
    const stage = openBotStage();
    await tryOften(stage, message(1, { from: { ...ada, id: '6' } }), full, 1);
    expect(stage.sentSince(0)).toEqual([]);
    stage.fails('sendMessage', { kind: 'blocked' });
    await tryOften(stage, message(2), full, 1);
  });

  it('is forgotten once the update went well', async () => {
    const stage = openBotStage();
    let fails = true;
    const handle = withFaultsTold(stage.parts, async () => {
      if (fails) throw full;
    });
    await expect(handle(message(1), handling)).rejects.toBe(full);
    fails = false;
    await handle(message(1), handling);
    fails = true;
    await expect(handle(message(1), handling)).rejects.toBe(full);
    expect(stage.sentSince(0)).toHaveLength(2);
  });
});

describe('a faulty file of users', () => {
  it('is told to each admin in his language, once for each fault, and once when it is mended', async () => {
    const admins = {
      8: { name: '老板', enabled: true, role: 'admin', language: 'zh' },
      9: { name: 'Root', enabled: true, role: 'admin' },
    };
    const stage = openBotStage({ users: { ...admins, 5: { name: 'Ada', enabled: true } } });
    const look = createUsersWatch(stage.parts);
    const { users } = stage.home.paths;
    const good = fs.readFileSync(users, 'utf8');
    stage.parts.users.find('5');
    await stage.parts.users.settled();
    await look();
    expect(stage.calls).toEqual([]);
    fs.writeFileSync(users, good.replace('"Ada"', '7'));
    await look();
    await look();
    expect(stage.sentSince(0)).toEqual([
      `⚠️ 用户文件有误：${users}:1\n改好之前以最后一份正确的副本为准，也不能更改用户。`,
      `⚠️ The file of users is faulty: ${users}:1: users.5.name: must be text\nUntil it is mended the last good copy counts, and nothing can be changed.`,
    ]);
    fs.rmSync(users);
    await look();
    expect(stage.sentSince(2).at(-1)).toContain(`${users}: the file is gone`);
    fs.writeFileSync(users, good);
    await look();
    await look();
    expect(stage.sentSince(4)).toEqual(['用户文件已恢复正常。', 'The file of users is good again.']);
  });
});
