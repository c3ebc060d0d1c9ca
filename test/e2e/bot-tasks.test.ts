// Tasks from a chat, done by the real claude program: answers that go on, files both ways, cancelling, retrying, options.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { until } from '../support/e2e.ts';
import { type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { makeGate, textOfRequest, writes } from '../support/e2e-model.ts';

const somebody = (id: number): Somebody => ({ id, name: `Person ${id}` });
const [gil, hal, ivy, jan] = [somebody(601), somebody(602), somebody(603), somebody(604)];
const [kai, lea, max, ned] = [somebody(605), somebody(606), somebody(607), somebody(608)];
const oli = somebody(609);
const people = [gil, hal, ivy, jan, kai, lea, max, ned, oli];
const chatOf = ({ id }: Somebody) => String(id);

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({
    users: people,
    agents: { sleeps: 'echo started; exec sleep 1000' },
    // None of the tests side by side waits for a place that another one has taken.
    config: { limits: { maxSessions: 30 }, bot: { plainText: 'task' } },
  });
  await scene.startBot();
});
afterAll(() => scene.close());

const workdirOf = (taskId: string) => scene.task(taskId).workdir;

describe.concurrent('a reply', () => {
  it('goes on in the same conversation and folder, from any part of a long result', async ({ expect }) => {
    const paragraph = `${'Much is to be said of cherries. '.repeat(40)}\n\n`;
    scene.plays('cherry', writes('cherry.txt', 'red\n', paragraph.repeat(7)));
    scene.says(gil, '/cad write about a cherry --model opus');
    await scene.resultIn('601');
    const [first] = scene.tasksOf('601') as [string];
    const parts = scene.results('601');
    expect(parts.map(({ text }) => /\d\/\d/.exec(text)?.[0])).toEqual(['1/3', '2/3', '3/3']);

    scene.plays('second thought', writes('more.txt', 'dark red\n', 'Done.'));
    scene.says(gil, 'have a second thought', { replyTo: parts[1] as SentMessage });
    const second = await until('the second task', () => scene.tasksOf('601')[1]);
    await scene.ended(second);
    const task = scene.task(second);
    expect(task).toMatchObject({ status: 'completed', continues: true, model: 'opus' });
    expect([task.agent_session_id, task.workdir]).toEqual([scene.task(first).agent_session_id, workdirOf(first)]);
    expect(textOfRequest(scene.asked('second thought').at(-1) as never)).toContain('write about a cherry');
    expect(fs.readdirSync(task.workdir).sort()).toEqual(['cherry.txt', 'more.txt']);

    // The button says which message to answer.
    await scene.told('601');
    const result = scene.results('601').at(-1) as SentMessage;
    await scene.presses(gil, result, 'Continue');
    const asks = await scene.hears(601, 'Answer this message with what have a second thought is to do next.');
    scene.plays('third thought', [{ text: 'Done once more.' }]);
    scene.says(gil, '/cad have a third thought', { replyTo: asks });
    const third = await until('the third task', () => scene.tasksOf('601')[2]);
    expect(await scene.ended(third)).toMatchObject({ agent_session_id: task.agent_session_id, continues: true });
    expect(textOfRequest(scene.asked('third thought').at(-1) as never)).toContain('write about a cherry');

    // A message of ours that speaks of several tasks, or of none, is no task to go on with.
    scene.says(gil, '/history');
    const history = await scene.hears(601, 'What ended last:');
    scene.says(gil, 'unrelated question', { replyTo: history });
    const fourth = await until('the fourth task', () => scene.tasksOf('601')[3]);
    expect(scene.task(fourth)).toMatchObject({ continues: false });
    await scene.ended(fourth);
  });
});

describe.concurrent('files', () => {
  it('come in under safe names where the agent works, and the prompt says where', async ({ expect }) => {
    const photo = scene.bot.addFile('photo.jpg', Buffer.from('PHOTO'));
    const paper = scene.bot.addFile('paper.txt', Buffer.from('PAPER'));
    scene.plays('peach', [{ text: 'I looked.' }]);
    const sizes = [{ file_id: photo, file_unique_id: 'p', width: 90, height: 90, file_size: 5 }];
    scene.says(hal, '', { fields: { photo: sizes, caption: '/cad look at the peach' } });
    await scene.resultIn('602');
    const [first] = scene.tasksOf('602') as [string];
    const file = path.join(workdirOf(first), 'attachments', 'photo-1.jpg');
    expect(fs.readFileSync(file, 'utf8')).toBe('PHOTO');
    expect(scene.asked('peach').at(-1)?.sessionText).toBe(
      `look at the peach\n\nFiles that came with this request:\n- ${file}`,
    );

    // As an answer, they land in the folder that the agent works in already; an album is one task.
    const document = { file_id: paper, file_name: '../../.ssh/authorized_keys', file_size: 5 };
    const album = { media_group_id: 'album-1', reply_to_message: replyTo(scene.results('602')[0] as SentMessage) };
    scene.plays('apricot', [{ text: 'I looked again.' }]);
    const sent = scene.says(hal, '', { fields: { ...album, document, caption: 'and at the apricot' } });
    scene.says(hal, '', { fields: { ...album, document: { ...document, file_name: 'authorized_keys' } } });
    const second = await until('the second task', () => scene.tasksOf('602')[1]);
    await scene.ended(second);
    const folder = path.join(workdirOf(first), 'attachments', String(sent));
    expect(workdirOf(second)).toBe(workdirOf(first));
    expect(fs.readdirSync(folder)).toEqual(['authorized_keys', 'authorized_keys-2']);
    expect(fs.existsSync(path.join(scene.person, '.ssh'))).toBe(false);
    expect(scene.asked('apricot').at(-1)?.sessionText).toContain(`- ${folder}/authorized_keys-2`);

    // One that is too big, or gone, makes no task; a voice note alone is a request.
    const big = { file_id: paper, file_name: 'film.mkv', file_size: 21 * 1024 * 1024 };
    scene.says(hal, '', { fields: { document: big, caption: 'watch it' } });
    await scene.hears(602, 'film.mkv is 21 MB; a bot can fetch 20 MB at most. No task was made.');
    scene.says(hal, '', { fields: { document: { file_id: 'no-such-file', file_name: 'a.txt' }, caption: 'read it' } });
    await scene.hears(602, 'I could not fetch the files, so no task was made.');
    const voice = scene.bot.addFile('v.oga', Buffer.from('VOICE'));
    scene.says(hal, '', { fields: { voice: { file_id: voice, file_unique_id: 'v', duration: 1, file_size: 5 } } });
    const third = await until('the third task', () => scene.tasksOf('602')[2]);
    expect(fs.readFileSync(path.join(workdirOf(third), 'attachments/voice-1.ogg'), 'utf8')).toBe('VOICE');
    expect(fs.readdirSync(path.join(scene.home, 'workspaces/602'))).toEqual([first, third]);
    await scene.ended(third);
  });

  const replyTo = ({ messageId, chatId, text }: SentMessage) => ({
    message_id: messageId,
    from: { id: Number(scene.bot.token.split(':')[0]), is_bot: true },
    chat: { id: Number(chatId), type: 'private' },
    date: 0,
    text,
  });

  it('go out by buttons, never any from outside of the folder', async ({ expect }) => {
    scene.plays('grape', ({ cwd }) => [
      { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/out/grape juice.txt`, content: 'JUICE\n' } }] },
      { text: 'I pressed it.' },
    ]);
    scene.says(ivy, '/cad press a grape');
    const result = await scene.resultIn('603');
    const [taskId] = scene.tasksOf('603') as [string];
    const folder = workdirOf(taskId);
    const outside = path.join(scene.folder, 'outside');
    fs.mkdirSync(outside);
    fs.writeFileSync(path.join(outside, 'secret.txt'), 'SECRET');
    fs.symlinkSync(path.join(outside, 'secret.txt'), path.join(folder, 'link.txt'));
    fs.symlinkSync(outside, path.join(folder, 'linked'));
    fs.symlinkSync(path.join(scene.home, 'config.json'), path.join(folder, 'config.json'));
    fs.symlinkSync(scene.home, path.join(folder, 'home'));
    fs.symlinkSync('nowhere', path.join(folder, 'dangling'));
    fs.symlinkSync(path.join(folder, 'out/grape juice.txt'), path.join(folder, 'inside.txt'));

    await scene.presses(ivy, result, 'Files');
    const list = await scene.hears(603, 'Files of press a grape');
    expect(buttonsOf(list).map(({ text }) => text)).toEqual(['📄 out/grape juice.txt · 6 B']);
    await scene.presses(ivy, list, 'grape juice');
    const sent = await until('the file', () => scene.bot.messages('603').find(({ document }) => document !== null));
    expect([sent.document?.name, sent.document?.bytes.toString()]).toEqual(['grape juice.txt', 'JUICE\n']);

    // What was listed, and is a link now.
    fs.rmSync(path.join(folder, 'out/grape juice.txt'));
    fs.symlinkSync(path.join(outside, 'secret.txt'), path.join(folder, 'out/grape juice.txt'));
    await scene.presses(ivy, list, 'grape juice');
    await scene.hears(603, 'That file is not there any more.');
    expect(scene.bot.messages('603').filter(({ document }) => document !== null)).toHaveLength(1);
  });
});

describe.concurrent('cancelling', () => {
  it('ends what runs: the only one at once, several by buttons, one by its id or by a reply', async ({ expect }) => {
    const chat = chatOf(jan);
    scene.says(jan, '/cancel');
    await scene.hears(chat, 'Nothing of yours waits or runs here.');
    const start = async (name: string) => {
      const before = scene.tasksOf(chat).length;
      scene.says(jan, `/cad --agent sleeps ${name}`);
      const taskId = await until(`task ${name}`, () => scene.tasksOf(chat)[before]);
      await scene.running(taskId);
      return taskId;
    };
    const only = await start('nap');
    scene.says(jan, '取消');
    await scene.hears(chat, '⏹ nap is being ended.');
    expect(await scene.ended(only)).toMatchObject({ status: 'cancelled', reason: 'user' });

    const [one, two, three] = [await start('doze'), await start('rest'), await start('slumber')];
    scene.says(jan, '/cancel');
    const choice = await scene.hears(chat, 'Which one?');
    expect(buttonsOf(choice).map(({ text }) => text)).toEqual(['⏹ doze', '⏹ rest', '⏹ slumber']);
    await scene.presses(jan, choice, 'rest');
    expect((await scene.ended(two)).status).toBe('cancelled');
    scene.says(jan, `/cancel ${three}`);
    expect((await scene.ended(three)).status).toBe('cancelled');
    const placeholder = scene.bot
      .messages(chat)
      .find(({ history }) => history.some((text) => /doze.*working/.test(text)));
    scene.says(jan, '/cancel', { replyTo: placeholder as SentMessage });
    expect((await scene.ended(one)).status).toBe('cancelled');
    scene.says(jan, `/cancel ${one}`);
    await scene.hears(chat, 'doze had ended already.');

    // Its button has done its work: run once more, the task is another matter.
    scene.says(jan, `/retry ${two}`);
    await scene.hears(chat, '🔁 rest runs once more.');
    await until('its second run', () => scene.task(two).runs.length === 2 && scene.task(two).status === 'running');
    expect(await scene.presses(jan, choice, 'rest')).toBe('That is not possible any more.');
    expect(scene.task(two).status).toBe('running');
    scene.says(jan, '/cancel latest');
    expect(await scene.ended(two)).toMatchObject({ status: 'cancelled', runs: [{ n: 1 }, { n: 2 }] });
  });
});

describe.concurrent('an answer to the message of several tasks', () => {
  it('goes on with the one that is chosen, once, and is a new task where that is wanted', async ({ expect }) => {
    const chat = chatOf(oli);
    const names = ['pear', 'quince', 'rowan', 'sloe'];
    for (const name of names) scene.says(oli, `/cad --agent sleeps ${name}`);
    await until('the tasks', () => scene.tasksOf(chat).length === names.length);
    for (const taskId of scene.tasksOf(chat)) await scene.running(taskId);
    const shared = await scene.hears(chat, /^🗂 4 /);
    scene.says(oli, 'and a second helping', { replyTo: shared });
    const choice = await scene.hears(chat, 'Which one goes on with this?');
    expect(scene.tasksOf(chat)).toHaveLength(names.length);
    expect(await scene.presses(gil, choice, 'rowan')).toBe('That is not possible any more.');
    const [, ...presses] = await Promise.all(['rowan', 'rowan', 'sloe'].map((one) => scene.presses(oli, choice, one)));
    expect(presses).toHaveLength(2);
    await scene.quiet();
    const [rowan, helping, ...more] = scene
      .tasksOf(chat)
      .slice(2)
      .map(scene.task)
      .filter(({ prompt }) => prompt !== 'sloe');
    expect(more).toEqual([]);
    expect(helping).toMatchObject({ prompt: 'and a second helping', workdir: rowan?.workdir });

    scene.says(oli, 'something else', { replyTo: shared });
    const other = await scene.hears(chat, 'Which one goes on with this?', choice);
    await scene.presses(oli, other, 'A new task');
    await until('a new task', () => scene.tasksOf(chat).length === names.length + 2);
    const fresh = scene.tasksOf(chat).at(-1) as string;
    expect(scene.task(fresh).prompt).toBe('something else');
    expect(scene.tasksOf(chat).filter((taskId) => workdirOf(taskId) === workdirOf(fresh))).toEqual([fresh]);
    await scene.cli(['tasks', 'cancel', ...scene.tasksOf(chat)]);
    for (const taskId of scene.tasksOf(chat)) await scene.ended(taskId);
  });
});

describe.concurrent('a retry', () => {
  it('by a button runs once, however often it is pressed; its log is shown', async ({ expect }) => {
    const chat = chatOf(kai);
    scene.plays('fig', [{ status: 400, message: 'no figs today' }]);
    scene.says(kai, '/cad find a fig');
    const result = await scene.resultIn(chat);
    expect(result.text).toMatch(/^❌ find a fig — failed/);
    expect(buttonsOf(result).map(({ text }) => text)).toEqual(['🔁 Retry', '📜 Log', '💬 Continue', '📁 Files']);
    scene.plays('fig', [{ text: 'Here is one.' }]);
    const replies = await Promise.all([1, 2, 3].map(() => scene.presses(kai, result, 'Retry')));
    expect(replies.sort()).toEqual(['', 'That is not possible any more.', 'That is not possible any more.']);
    const [taskId] = scene.tasksOf(chat) as [string];
    await until('its second run', () => scene.task(taskId).status === 'completed');
    await scene.ended(taskId);
    expect(scene.task(taskId).runs).toHaveLength(2);
    expect(scene.texts(chat).filter((text) => text.includes('runs once more'))).toHaveLength(1);
    await scene.presses(kai, result, 'Log');
    await scene.hears(chat, /^find a fig\n[\s\S]*Here is one\./);
  });
});

describe.concurrent('options', () => {
  it('are taken in any place and with any dashes; what cannot be is said', async ({ expect }) => {
    const chat = chatOf(lea);
    const says = (text: string) => scene.says(lea, text);
    scene.plays('kiwi', [{ text: 'A kiwi.' }]);
    says('/cad slice —agent-teams a kiwi –priority high');
    await scene.resultIn(chat);
    const task = scene.task(scene.tasksOf(chat)[0] as string);
    expect(task).toMatchObject({ prompt: 'slice a kiwi', priority: 8, options: { agent_teams: true, yolo: false } });
    for (const [text, answer] of [
      ['/cad do --yolo', 'You may not use: yolo. Ask an admin for it.'],
      ['/cad do --ali', '--ali is not set up here. Ask whoever runs this bot.'],
      ['/cad do --priority urgent', '"urgent" is no priority. Write high, normal, low, or 0 (last) to 9 (first).'],
      ['/cad do --agent nobody', 'There is no agent "nobody". There are: claude, sleeps.'],
      ['/cad', 'What is to be done? Write it after the command: /cad fix the failing test'],
      ['/cad —agent-teams', 'What is to be done? Write it after the command: /cad fix the failing test'],
      ['/stauts', 'There is no /stauts. Did you mean /status?'],
      ['/frobnicate', 'There is no /frobnicate. /help lists what there is.'],
      ['/users', 'Only admins may do that.'],
    ] as const) {
      const sent = says(text);
      expect((await scene.hears(chat, answer, sent)).replyTo, text).toBe(sent);
    }
    scene.says(lea, '/cad go on', { replyTo: scene.results(chat)[0] as SentMessage });
    await until('the second task', () => scene.tasksOf(chat)[1]);
    scene.says(lea, 'go on --agent sleeps', { replyTo: scene.results(chat)[0] as SentMessage });
    await scene.hears(chat, 'sleeps cannot go on in this conversation. Leave --agent out.');
    fs.rmSync(task.workdir, { recursive: true });
    scene.says(lea, 'go on', { replyTo: scene.results(chat)[0] as SentMessage });
    await scene.hears(chat, 'The folder of that task is not there any more.');
    expect(scene.tasksOf(chat)).toHaveLength(2);
    await scene.ended(scene.tasksOf(chat)[1] as string);
  });
});

describe.concurrent('what is sent together', () => {
  it('is one prompt where a client has cut it', async ({ expect }) => {
    const chat = chatOf(max);
    const long = `/cad count the dates ${'date '.repeat(1000)}`;
    scene.plays('count the dates', [{ text: 'Many.' }]);
    scene.says(max, long.slice(0, 4096));
    scene.says(max, long.slice(4096));
    await scene.resultIn(chat);
    expect(scene.tasksOf(chat)).toHaveLength(1);
    const prompt = fs.readFileSync(path.join(scene.taskFolder(scene.tasksOf(chat)[0] as string), 'prompt.txt'), 'utf8');
    expect(prompt).toBe(long.slice('/cad '.length).trim());
  });

  it('shows why a task waits, and what it does', async ({ expect }) => {
    const chat = chatOf(ned);
    const gate = makeGate();
    scene.plays('medlar', [{ text: 'A medlar.' }], { before: () => gate.opened });
    scene.says(ned, '/cad wait for a medlar');
    const first = await scene.latestOf(chat);
    await scene.running(first);
    scene.says(ned, '/why');
    await scene.hears(chat, /^wait for a medlar: has been running for /);
    scene.says(ned, '/logs');
    await scene.hears(chat, 'It has not done anything yet.');
    const placeholder = await scene.hears(chat, 'working');
    scene.says(ned, 'and then another', { replyTo: placeholder });
    const second = await until('the second task', () => scene.tasksOf(chat)[1]);
    scene.says(ned, `/why ${second}`);
    await scene.hears(chat, 'and then another: queued, next in line — another task is using this conversation');
    gate.open();
    await scene.ended(second);
    // The message that showed how the first one went still leads to it.
    await scene.told(chat);
    const closed = scene.bot.messages(chat).find(({ messageId }) => messageId === placeholder.messageId);
    scene.says(ned, 'and a third', { replyTo: closed as SentMessage });
    const third = await until('the third task', () => scene.tasksOf(chat)[2]);
    expect(scene.task(third).agent_session_id).toBe(scene.task(first).agent_session_id);
    await scene.ended(third);
    scene.says(ned, '/why');
    await scene.hears(chat, /^and a third: done, .* ago$/);
    expect(scene.task(second).continues).toBe(true);
  });
});
