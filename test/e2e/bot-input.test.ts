// What people and agents may send that is odd, huge, hostile or broken: a clear answer each, nothing lost, and a bot that lives on.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { type BotProcess, type BotScene, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { textOfRequest } from '../support/e2e-model.ts';

const somebody = (id: number): Somebody => ({ id, name: `Person ${id}` });
const people = Array.from({ length: 12 }, (_, index) => somebody(1101 + index));

let scene: BotScene;
let bot: BotProcess;
beforeAll(async () => {
  scene = await startBotScene({ users: people, agents: { echoes: 'cat' } });
  bot = await scene.startBot();
});
afterAll(async () => {
  const exitCode = await bot.stop();
  await scene.close();
  if (exitCode !== 0) throw new Error(`the bot ended with ${exitCode}: ${bot.said()}`);
});

const promptOf = (taskId: string) => fs.readFileSync(path.join(scene.taskFolder(taskId), 'prompt.txt'), 'utf8');
const person = (index: number) => people[index] as Somebody;

describe.concurrent('a message', () => {
  it.for([
    ['of 4,096 characters', 0, `${'x'.repeat(4080)}.`, null],
    ['of emoji alone', 1, '👩‍👩‍👧‍👦🇨🇳👍🏽', null],
    ['with NUL and control characters', 2, 'one\u0000two\u0007three', 'onetwothree'],
    ['with a right-to-left override', 3, 'open \u202etxt.exe\u202c now', 'open txt.exe now'],
    ['of formatting alone', 4, '**<b>&amp;</i>_`[x](', '**<b>&amp;</i>_`[x]('],
  ] as const)('%s becomes a task, whole', async ([, index, text, name], { expect }) => {
    const chat = String(person(index).id);
    scene.says(person(index), `--agent echoes ${text}`);
    const taskId = await scene.latestOf(chat);
    await scene.ended(taskId);
    expect(promptOf(taskId)).toBe(text);
    await scene.told(chat);
    const [result] = scene.results(chat);
    expect(result?.text.startsWith(`✅ ${name ?? ''}`), result?.text).toBe(true);
    scene.says(person(index), '/history');
    await scene.hears(chat, taskId);
  });

  it('that was forwarded is a request; one that says nothing is none', async ({ expect }) => {
    const who = person(5);
    const origin = { type: 'hidden_user', date: 1, sender_user_name: 'X' };
    scene.says(who, 'please look at this', { fields: { forward_origin: origin } });
    expect(scene.task(await scene.latestOf('1106')).prompt).toBe('please look at this');
    for (const text of ['', ' ', '\n\t', '@ccdispatch_bot']) scene.says(who, text);
    scene.says(who, '', { fields: { sticker: { file_id: 'x' } } });
    scene.says(who, '', { fields: { poll: { id: '1' }, location: {} } });
    await scene.quiet();
    await scene.ended(await scene.latestOf('1106'));
    expect(scene.tasksOf('1106')).toHaveLength(1);
  });

  it('that names files of ours or of others gets none of them', async ({ expect }) => {
    const who = person(6);
    scene.says(person(7), 'echo OTHER-MARKER --agent echoes');
    const other = await scene.latestOf('1108');
    await scene.ended(other);
    fs.writeFileSync(path.join(scene.home, 'env'), 'X=ENV-MARKER\n');
    fs.mkdirSync(path.join(scene.person, '.ssh'));
    fs.writeFileSync(path.join(scene.person, '.ssh/id_rsa'), 'KEY-MARKER\n');
    const files = [
      path.join(scene.home, 'config.json'),
      path.join(scene.home, 'env'),
      path.join(scene.taskFolder(other), 'prompt.txt'),
      path.join(scene.taskFolder(other), 'task-output.txt'),
      path.join(scene.person, '.ssh/id_rsa'),
    ];
    scene.says(who, `curious about ${files.map((file) => `@${file}`).join(' ')}`);
    const taskId = await scene.latestOf('1107');
    expect((await scene.ended(taskId)).status).toBe('completed');
    const told = scene.asked('curious about').map(textOfRequest).join('\n');
    expect(told).toContain(`@${files[1]}`);
    for (const marker of ['OTHER-MARKER', 'ENV-MARKER', 'KEY-MARKER', '"adminIds"', 'minFreeMemoryMb'])
      expect(told, marker).not.toContain(marker);
  });
});

/** The text of all parts of the chat's latest result, without heads and foot. */
async function bodyOf(who: Somebody, word: string, text: string): Promise<{ parts: SentMessage[]; whole: string }> {
  scene.plays(word, [{ text }]);
  scene.says(who, `say ${word}`);
  const chat = String(who.id);
  await scene.ended(await scene.latestOf(chat));
  await scene.told(chat);
  const parts = scene.bot.messages(chat).filter(({ text: said }) => /^✅ .*\n/.test(said));
  return { parts, whole: parts.map(({ text: said }) => said.replace(/^✅.*\n/, '').replace(/\n\n⏱.*$/s, '')).join('') };
}

describe.concurrent('a result', () => {
  it('with unbalanced HTML and Markdown is shown as it is', async ({ expect }) => {
    const text = 'a <b>bold <i>mess</b> & <script>alert(1)</script> </pre> **open _x `y';
    const { parts, whole } = await bodyOf(person(8), 'mess', text);
    expect(parts).toHaveLength(1);
    expect(whole).toContain('<b>bold <i>mess</b> & <script>alert(1)</script> </pre>');
  });

  it('with a code block of 5,000 characters is cut where lines end, each part a block of its own', async ({
    expect,
  }) => {
    const lines = Array.from({ length: 125 }, (_, index) => `const line_${index} = '${'x'.repeat(20)}';`);
    const { parts, whole } = await bodyOf(person(10), 'codeblock', `\`\`\`ts\n${lines.join('\n')}\n\`\`\``);
    expect(parts.length).toBeGreaterThan(1);
    for (const line of lines) expect(whole).toContain(line);
    for (const { html } of parts)
      expect([html?.match(/<pre/g)?.length, html?.match(/<\/pre>/g)?.length]).toEqual([1, 1]);
  });

  it('in Chinese is never cut inside an emoji', async ({ expect }) => {
    const text = `${'字'.repeat(3)}${'👩‍👩‍👧‍👦汉'.repeat(700)}`;
    const { parts, whole } = await bodyOf(person(11), 'families', text);
    expect(parts.length).toBeGreaterThan(1);
    expect(whole === text).toBe(true);
    for (const part of parts) expect(part.text.length).toBeLessThanOrEqual(4096);
    for (const part of parts) expect(/(汉|👦)(\n\n⏱[\s\S]*)?$/u.test(part.text)).toBe(true);
  });

  it('of 200 kB comes as a beginning and a file', async ({ expect }) => {
    const text = `${'Line after line of it.\n'.repeat(9000)}The end.`;
    const { parts } = await bodyOf(person(9), 'tome', text);
    expect(parts.at(-1)?.text).toContain('The whole answer is in the file below.');
    const file = await until('the file', () => scene.bot.messages('1110').find(({ document }) => document !== null));
    expect(file.document?.bytes.toString() === text).toBe(true);
    scene.says(person(9), 'and the rest', { replyTo: file });
    const next = await until('another task', () => scene.tasksOf('1110')[1]);
    expect(scene.task(next).continues).toBe(true);
    await scene.ended(next);
  });
});
