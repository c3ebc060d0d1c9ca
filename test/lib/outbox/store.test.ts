/** The outbox for those who have something to say: each event once, durable, and what is still unsaid. */

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { endedOf, handOf, interimOf, progressOf } from '../notifications/notices.ts';
import { openOutboxHome } from './outbox-home.ts';

const task = 'task-123-1763600000000';

it('takes an event once, whoever announces it', async () => {
  const home = await openOutboxHome();
  const results = await Promise.all(Array.from({ length: 20 }, () => home.announce(endedOf())));
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(home.files()).toEqual([`123/${task}.1.ended.json`]);
  const saved = JSON.parse(fs.readFileSync(path.join(home.paths.outbox, '123', `${task}.1.ended.json`), 'utf8'));
  expect(saved).toMatchObject({ schema_version: 1, key: `${task}.1.ended`, bot_id: '7000000001', task_id: task });
});

it('knows what was sent, and does not take it again', async () => {
  const home = await openOutboxHome();
  await home.announce(endedOf());
  expect(await home.deliverer().flush(new AbortController().signal)).toBe('empty');
  expect(await home.announce(endedOf({ text: 'again' }))).toBe(false);
  await home.progress(progressOf());
  expect(home.files()).toEqual([`sent/123/${task}.1.ended.json`]);
  expect(home.chat()).toHaveLength(1);
});

it('takes each interim result and each run', async () => {
  const home = await openOutboxHome();
  const all = [interimOf(), interimOf({ index: 2 }), interimOf(), endedOf(), endedOf({ run: 2 })];
  const results = [];
  for (const notification of all) results.push(await home.announce(notification));
  expect(results).toEqual([true, true, false, true, true]);
});

it('overwrites progress until the outcome is announced, and names each version', async () => {
  const home = await openOutboxHome();
  const read = () =>
    JSON.parse(fs.readFileSync(path.join(home.paths.outbox, '123', `${task}.1.progress.json`), 'utf8'));
  await home.progress(progressOf({ state: 'queued' }));
  const first = read();
  await home.progress(progressOf({ state: 'queued' }));
  expect(read()).toEqual(first);
  await home.progress(progressOf());
  const second = read();
  expect(second.notification.state).toBe('running');
  expect(Date.parse(second.created_at)).toBeGreaterThan(Date.parse(first.created_at));
  await home.announce(endedOf());
  await home.progress(progressOf({ state: 'paused' }));
  expect(read()).toEqual(second);
});

it('refuses chats and keys that could lead elsewhere', async () => {
  const home = await openOutboxHome();
  for (const chat_id of ['../x', 'local', '', '1 2', '@name']) {
    await expect(home.announce(endedOf(), { chat_id })).rejects.toMatchObject({ code: 'usage' });
  }
  const entry = { chat_id: '1', thread_id: null, reply_to: null, language: null, notification: handOf() };
  for (const key of ['../x', '', 'a b', '.hidden', 'x.delivery', 'x'.repeat(300)]) {
    await expect(home.outbox.announce(entry, key)).rejects.toMatchObject({ code: 'usage' });
  }
  expect(await home.outbox.announce(entry, 'hand.0b1c.Stop-1')).toBe(true);
  expect(home.files()).toEqual(['1/hand.0b1c.Stop-1.json']);
});

it('says which tasks have something undelivered, and what our bot could deliver', async () => {
  const home = await openOutboxHome();
  const other = createOutbox({ files: realFiles, paths: home.paths, clock: { now: Date.now }, botId: '999' });
  const none = createOutbox({ files: realFiles, paths: home.paths, clock: { now: Date.now }, botId: null });
  expect(home.outbox.hasDeliverable()).toBe(false);
  await home.progress(progressOf());
  expect([home.outbox.hasDeliverable(), [...home.outbox.pendingTaskIds()]]).toEqual([false, [task]]);
  const notification = endedOf({ task_id: 'task-5-2' });
  const entry = { chat_id: '5', thread_id: null, reply_to: null, language: null, notification };
  await other.announce(entry, 'task-5-2.1.ended');
  expect([home, { outbox: other }, { outbox: none }].map(({ outbox }) => outbox.hasDeliverable())).toEqual([
    false,
    true,
    false,
  ]);
  await none.announce({ ...entry, chat_id: '6' }, 'task-5-2.2.ended');
  expect(home.outbox.hasDeliverable()).toBe(true);
  expect([...home.outbox.pendingTaskIds()].sort()).toEqual([task, 'task-5-2']);
  expect(home.outbox.report()).toMatchObject({ waiting: 2, ofOtherBots: 1, failed: [], broken: [] });
});

it('forgets what belongs to tasks that are gone, and old messages of no task', async () => {
  const home = await openOutboxHome();
  home.server.setChat('7', 'blocked');
  await home.announce(endedOf());
  await home.announce(endedOf({ task_id: 'task-123-2' }));
  await home.announce(endedOf({ task_id: 'task-7-3' }), { chat_id: '7' });
  const entry = { chat_id: '123', thread_id: null, reply_to: null, language: null, notification: handOf() };
  await home.outbox.announce(entry, 'hand.1');
  await home.deliverer().flush(new AbortController().signal);
  expect(home.files()).toEqual([
    'failed/7/task-7-3.1.ended.json',
    'sent/123/hand.1.json',
    'sent/123/task-123-1763600000000.1.ended.json',
    'sent/123/task-123-2.1.ended.json',
  ]);
  home.outbox.removeSettled(new Set([task, 'task-7-3']), 0);
  expect(home.files()).toEqual(['sent/123/hand.1.json', 'sent/123/task-123-2.1.ended.json']);
  home.outbox.removeSettled(new Set(), Date.now() + 60_000);
  expect(home.files()).toEqual(['sent/123/task-123-2.1.ended.json']);
});
