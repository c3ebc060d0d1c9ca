// What people control is answered at once: with every place taken by an agent that hangs, 100 tasks waiting, and a download under way.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { isRunning, until } from '../support/e2e.ts';
import { admin, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';

const vic: Somebody = { id: 901, name: 'Vic' };
const places = 3;
const waiting = 100;
/** So long Telegram takes to say where the file is: whoever waits for it is answered later than that. */
const slowMs = 6000;

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({
    users: [vic],
    agents: { wedged: "trap '' INT TERM HUP; echo stuck; while :; do sleep 1; done" },
    config: { limits: { maxSessions: places, perUser: 10 } },
  });
  await scene.startBot();
});
afterAll(() => scene.close());

it('answers /status, /cancel and buttons while nothing else can move', async () => {
  for (let index = 0; index < places + waiting; index++) scene.says(vic, `/cad --agent wedged number ${index}`);
  await until('all tasks', () => scene.tasksOf('901').length === places + waiting);
  await until(
    'full places',
    () => scene.tasksOf('901').filter((id) => scene.task(id).status === 'running').length === places,
  );

  scene.bot.setFaults((method) => (method === 'getFile' ? { kind: 'slow', ms: slowMs } : null));
  const paper = scene.bot.addFile('list.txt', Buffer.from('LIST'));
  const began = performance.now();
  scene.says(vic, '', {
    fields: { document: { file_id: paper, file_name: 'list.txt' }, caption: '/cad --agent wedged it' },
  });
  const took: number[] = [];
  const answered = async (chat: number, sent: number, text: RegExp): Promise<SentMessage> => {
    const from = performance.now();
    const answer = await scene.hears(chat, text, sent);
    took.push(performance.now() - from);
    return answer;
  };
  await answered(901, scene.says(vic, '/status'), /3 of 3 places taken, 100 waiting\. A worker is at work\./);
  await answered(901, scene.says(vic, '/tasks'), /^103 tasks:/);
  const choice = await answered(901, scene.says(vic, '/cancel'), /^Which one\? … and 95 more$/);
  await answered(900, scene.says(admin, '/status'), /3 of 3 places taken/);
  const [first] = scene.tasksOf('901') as [string];
  const agent = scene.latestRun(first).pid;
  expect(
    buttonsOf(choice)
      .map(({ text }) => text)
      .slice(0, 4),
  ).toEqual(['⏹ number 0', '⏹ number 1', '⏹ number 2', '⏹ number 102']);
  const from = performance.now();
  expect(await scene.presses(vic, choice, 'number 0')).toBe('');
  took.push(performance.now() - from);
  await answered(901, choice.messageId, /^⏹ number 0 is being ended\.$/);
  const all = performance.now() - began;

  // None of them waited for the download, which the chat's order would have put before them.
  expect(scene.tasksOf('901')).toHaveLength(places + waiting);
  expect(all).toBeLessThan(slowMs);
  expect(took).toHaveLength(6);
  await scene.ended(first);
  expect(isRunning(agent)).toBe(false);
  await scene.quiet();
  expect(scene.tasksOf('901')).toHaveLength(places + waiting + 1);
  await scene.cli(['tasks', 'cancel', ...scene.tasksOf('901')]);
  for (const taskId of scene.tasksOf('901')) await scene.ended(taskId);
});
