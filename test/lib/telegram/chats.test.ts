// What is remembered of chats and clients, over restarts and damaged files.

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { silentLog } from '../../../src/lib/adapters/log.ts';
import { openChats } from '../../../src/lib/telegram/chats.ts';
import { makeHome } from '../../support/home.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

it('keeps former ids of a group, also over two moves and a restart', async () => {
  const home = makeHome();
  const open = () => openChats({ ...home, clock: createManualClock(), log: silentLog }, '7');
  const chats = open();
  await chats.migrate('-1', '-1001');
  await chats.migrate('-1', '-1001');
  await chats.migrate('-1001', '-1002');
  await chats.migrate('-5', '-1005');
  for (const one of [chats, open()]) {
    expect([...one.formerIds('-1002')].sort()).toEqual(['-1', '-1001']);
    expect(one.formerIds('-1005')).toEqual(['-5']);
    expect(one.formerIds('-1')).toEqual([]);
  }
});

it('keeps the languages of clients, the latest of each, beside all else', async () => {
  const home = makeHome();
  const open = () => openChats({ ...home, clock: createManualClock(), log: silentLog }, '7');
  const chats = open();
  for (const tag of ['en', 'zh-hans', 'de']) chats.noteClientLanguage('5', tag);
  chats.noteClientLanguage('6', 'zh');
  chats.noteClientLanguage('6', null);
  await chats.migrate('-1', '-1001');
  const again = open();
  expect(['5', '6', '7'].map((id) => again.clientLanguage(id))).toEqual(['de', 'zh', null]);
  expect(again.formerIds('-1001')).toEqual(['-1']);
});

it('writes many changes at once', async () => {
  const home = makeHome();
  let writes = 0;
  const replace = (file: string, text: string) => {
    writes++;
    return home.files.replace(file, text);
  };
  const files = { ...home.files, replace };
  const clock = createManualClock();
  const chats = openChats({ files, paths: home.paths, clock, log: silentLog }, '7');
  for (let id = 1; id <= 500; id++) chats.noteClientLanguage(String(id), 'zh');
  await until('the pause after a write', () => clock.sleepers() === 1);
  expect(writes).toBe(1);
  for (let id = 501; id <= 1000; id++) {
    chats.noteClientLanguage(String(id), 'zh');
    if (id % 100 === 0) await clock.pass(100);
  }
  expect(writes).toBe(1);
  await clock.pass(500);
  await until('the pause after a write', () => clock.sleepers() === 1);
  expect(writes).toBe(2);
  expect(openChats({ ...home, clock: createManualClock(), log: silentLog }, '7').clientLanguage('1000')).toBe('zh');
});

it('begins anew where its file does not parse', () => {
  const home = makeHome();
  const file = path.join(home.paths.inbox('7'), 'chats.json');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (const text of ['', '{', '[]', '{"migrated":null}', '7']) {
    fs.writeFileSync(file, text);
    const chats = openChats({ ...home, clock: createManualClock(), log: silentLog }, '7');
    expect(chats.formerIds('-1')).toEqual([]);
    expect(chats.clientLanguage('5')).toBeNull();
  }
});
