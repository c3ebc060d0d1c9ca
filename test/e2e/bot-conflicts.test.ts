// Work that does not fit onto what was merged: the chat is asked, and what is pressed there, or nobody presses, is done.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { admin, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { type Meetings, openMeetings, rewrites, shared } from '../support/e2e-conflicts.ts';
import { gitIn } from '../support/work-repository.ts';

const zoe: Somebody = { id: 971, name: 'Zoe' };

let scene: BotScene;
let meetings: Meetings;
beforeAll(async () => {
  scene = await startBotScene({ users: [zoe] });
  meetings = openMeetings(scene);
  await scene.startBot();
});
const timeout = 120_000;
afterAll(async () => {
  meetings.openAll();
  await scene.close();
});

const now = ({ chatId, messageId }: SentMessage) =>
  scene.bot.messages(chatId).find((message) => message.messageId === messageId) as SentMessage;

/** Two tasks that changed the same line, the earlier one merged; gives the question about the later one. */
async function askAbout(
  repo: string,
  chat: string,
  first: string,
  second: string,
  later?: Parameters<Meetings['meet']>[0]['later'],
) {
  const met = await meetings.meet({ repo, chat, first, second, secondLine: 2, ...(later ? { later } : {}) });
  await meetings.held(met.later);
  met.gate.open();
  await meetings.ended(met.earlier);
  return {
    ...met,
    question: await scene.hears(chat, new RegExp(`^❓ task ${second[0]} — its work does not fit onto main`)),
  };
}

it('lets the agent bring both sides together at the press of a button, in one line', { timeout }, async () => {
  const repo = meetings.makeRepo('resolved');
  const { earlier, later, question } = await askAbout(repo, '971', 'sonnet', 'ballad', ({ cwd }) => [
    ...rewrites(cwd, 'both together\n'),
    { text: 'The ballad fits.' },
  ]);
  expect(buttonsOf(question).map(({ text }) => text)).toEqual([
    '🤝 Let the agent resolve it',
    '🌿 Keep both branches',
    '⏹ Cancel',
  ]);
  expect(question.text).toContain(`“task s” (${earlier}) was merged`);
  expect(question.text).toContain(shared);
  expect(scene.task(later)).toMatchObject({ status: 'paused', reason: 'conflict' });
  const why = await scene.cli(['tasks', 'why', later, '--json']);
  expect(JSON.parse(why.stdout)).toMatchObject({ waits_for: 'conflict_question' });
  const { callback_data } = buttonsOf(question)[0] as { callback_data: string };
  expect(await scene.pressesData({ id: 979, name: 'Nobody' }, question, callback_data)).toBe('');
  expect(await scene.presses(zoe, question, 'Let the agent')).toBe('The agent will bring both sides together.');
  expect(await meetings.ended(later)).toMatchObject({ status: 'completed', result: 'The ballad fits.' });
  await meetings.landed(later);
  const told = meetings.toldOnce('ballad');
  expect(told.sessionText).toContain(`conflict markers (<<<<<<<, =======, >>>>>>>): "${shared}"`);
  expect(gitIn(repo, 'show', `main:${shared}`)).toBe('both together');
  expect(gitIn(repo, 'rev-list', '--merges', 'main')).toBe('');
  expect(gitIn(repo, 'fsck', '--no-dangling')).toBe('');
  await until('the question to show the answer', () => /^🤝 task b — .*says Zoe/.test(now(question).text));
  expect(buttonsOf(now(question))).toEqual([]);
  expect(await scene.pressesData(zoe, question, callback_data)).toMatch(
    /^Too late: the agent brings it together, says Zoe/,
  );
});

it('merges nothing that still holds both sides', { timeout }, async () => {
  const repo = meetings.makeRepo('unresolved');
  const { earlier, later, question } = await askAbout(repo, '971', 'novel', 'essay', [
    { text: 'I did nothing about it.' },
  ]);
  await scene.presses(admin, question, 'Let the agent').catch(() => '');
  await scene.presses(zoe, question, 'Let the agent');
  await meetings.ended(later);
  await meetings.landed(later);
  expect(gitIn(repo, 'show', `main:${shared}`)).toContain('line of the novel');
  expect(gitIn(repo, 'show', `main:${shared}`)).not.toContain('<<<<<<<');
  expect(gitIn(repo, 'log', '--format=%s', 'main').split('\n')[0]).toBe('task n');
  expect(scene.task(earlier).status).toBe('completed');
});

it('cancels it at a press', { timeout }, async () => {
  const repo = meetings.makeRepo('cancelled');
  const { later, question } = await askAbout(repo, '971', 'opera', 'march');
  expect(await scene.presses(zoe, question, 'Cancel')).toBe('It is cancelled.');
  expect(await meetings.ended(later)).toMatchObject({ status: 'cancelled' });
  await until('the question to show the answer', () => now(question).text.startsWith('⏹'));
});

it('keeps both branches where nobody answers in time, while others go on', { timeout }, async () => {
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, object>;
  fs.writeFileSync(file, JSON.stringify({ ...config, approvals: { timeoutMinutes: 0.1 } }));
  const repo = meetings.makeRepo('kept');
  const { later, question } = await askAbout(repo, '971', 'waltz', 'polka');
  expect(await meetings.ended(later)).toMatchObject({ status: 'completed', result: 'The polka went on.' });
  await meetings.landed(later);
  await until('the question to say so', () =>
    /^⌛ task p — both branches are kept, nobody answered/.test(now(question).text),
  );
  expect(meetings.toldOnce('polka').sessionText).toContain('nothing of yours was changed');
  expect(gitIn(repo, 'show', `main:${shared}`)).toContain('line of the waltz');
  expect(gitIn(repo, 'show', `ccdispatch/${later}:${shared}`)).toContain('line of the polka');
});
