// A session that somebody works in at a terminal, asked back from its chat: the button, the warning, and the message that waited.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import type { Session } from '../../src/lib/sessions/record.ts';
import { attachAtTerminal, hasScript, skipFirstQuestions } from '../support/attached-terminal.ts';
import { hasProc, isRunning, sceneKey, until } from '../support/e2e.ts';
import { type BotProcess, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { countIn, textOfRequest } from '../support/e2e-model.ts';

const ada: Somebody = { id: 971, name: 'Ada' };
const eve: Somebody = { id: 972, name: 'Eve' };
const canAttach = hasProc && hasScript;

let scene: BotScene;
let bot: BotProcess;
let session: Session;
beforeAll(async () => {
  if (!canAttach) return;
  scene = await startBotScene({ users: [ada, eve] });
  bot = await scene.startBot();
  scene.plays('pear', [{ text: 'Heard the pear.' }]);
  scene.plays('apple', [{ text: 'Heard the apple.' }]);
  scene.plays('plum', [{ text: 'Heard the plum.' }]);
  scene.plays('cherry', [{ text: 'Heard the cherry.' }]);
  scene.says(ada, '/new desk');
  await scene.hears(971, 'Session desk has begun');
  scene.says(ada, 'the first apple');
  await scene.hears(971, 'Heard the apple.');
  session = (await listed()) as Session;
  skipFirstQuestions(scene.person, sceneKey, session.workdir);
});
afterAll(async () => {
  if (!canAttach) return;
  await scene.cli(['sessions', 'end', session.session_id]);
  await until('the end of its agent', async () => {
    const now = await listed('--all');
    return !now || now.pid === null || !isRunning(now.pid);
  });
  await scene.close();
});

type Listed = Session & { state: string };
const listed = async (...flags: string[]): Promise<Listed | undefined> =>
  JSON.parse((await scene.cli(['sessions', 'list', '--json', ...flags])).stdout)[0];

/** At the terminal the agent's own program is ready, and knows what was said in the chat. */
async function attach() {
  const terminal = attachAtTerminal(session.session_id, scene.env, scene.folder);
  const isReady = () => /Heard.*apple/s.test(terminal.shown()) && terminal.shown().includes('accept edits');
  await until('the terminal program', isReady, 30_000).catch((error) => {
    throw new Error(`${error.message}; it shows:\n${terminal.shown()}`);
  });
  return terminal;
}

/** The message as it stands now. */
const now = ({ messageId }: SentMessage) =>
  scene.bot.messages('971').find((one) => one.messageId === messageId) as SentMessage;

const says = 'somebody works in the session at a terminal';
const button = 'Take the session back';

it.skipIf(!canAttach)(
  'a message waits for the terminal and says so; a press takes it back, and it is answered',
  {
    timeout: 120_000,
  },
  async () => {
    const terminal = await attach();
    await terminal.enter('the second pear');
    await until('the answer there', () => /Heard[^a]*the[^a]*pear/s.test(terminal.shown()), 20_000);
    scene.says(ada, 'the third plum');
    const waiting = await scene.hears(971, says);
    expect(buttonsOf(waiting).map(({ text }) => text)).toEqual([`🔙 ${button}`]);
    expect((await listed())?.state).toBe('attached');
    // Nobody else takes it, whatever his client sends.
    const data = buttonsOf(waiting)[0]?.callback_data as string;
    expect(await scene.pressesData(eve, waiting, data)).not.toContain('it is yours');
    expect(terminal.shown()).not.toContain('takes this session back');
    expect(scene.asked('third plum')).toEqual([]);

    expect(await scene.presses(ada, waiting, button)).toBe('Whoever works there is warned; it is yours in 10 s.');
    await until('the warning', () =>
      terminal.shown().includes('Ada takes this session back; the program ends in 10 s'),
    );
    // Twice is once.
    expect(await scene.pressesData(ada, waiting, data)).toContain('it is yours');
    await terminal.gone;
    await scene.hears(971, 'Heard the plum.');
    await until('the button to go', () => buttonsOf(now(waiting)).length === 0);
    // One conversation: the chat's part before, and the terminal's.
    const [request] = scene.asked('third plum');
    expect(['first apple', 'second pear', 'third plum'].map((words) => countIn(request, words))).toEqual([1, 1, 1]);
    expect(await scene.pressesData(ada, waiting, data)).toBe('That is not possible any more.');
    expect(scene.texts(971).filter((text) => text.includes('Heard the plum.'))).toHaveLength(1);
  },
);

it.skipIf(!canAttach)(
  'also where the bot and the worker are killed right after the press',
  {
    timeout: 120_000,
  },
  async () => {
    const terminal = await attach();
    scene.says(ada, 'the fourth cherry');
    const waiting = await scene.hears(971, says);
    expect(await scene.presses(ada, waiting, button)).toContain('it is yours');
    await bot.kill();
    if (scene.workerPid() !== null) await scene.killWorker();
    await terminal.gone;
    // Who gives a session back sees to it that somebody does what waited.
    await scene.hears(971, 'Heard the cherry.');
    const [request] = scene.asked('fourth cherry');
    expect(textOfRequest(request as NonNullable<typeof request>)).toContain('third plum');
    expect(scene.asked('fourth cherry')).toHaveLength(1);
  },
);
