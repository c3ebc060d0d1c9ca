/** The whole way of an update on loopback: order, parts, plans and restarts, with handlers that succeed, fail and hang. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/lib/adapters/clock.ts';
import { createTelegramApi } from '../../../../src/lib/adapters/telegram-api.ts';
import { startBotApiServer } from '../../../../src/lib/demo/bot-api-server.ts';
import type { Incoming, IncomingMessage } from '../../../../src/lib/telegram/incoming.ts';
import { createInbox, type InboxEntry } from '../../../../src/lib/telegram/intake/inbox.ts';
import { type Handling, type IntakeParts, runIntake } from '../../../../src/lib/telegram/intake/intake.ts';
import { recallMessage } from '../../../../src/lib/telegram/intake/recall.ts';
import { makeHome } from '../../../support/home.ts';
import { notingLog, until } from './updates.ts';

type Handle = (incoming: Incoming, handling: Handling) => Promise<void> | void;
const textOf = (incoming: Incoming) => (incoming.kind === 'message' ? incoming.text : incoming.kind);

/** A server, a home, and bots that can be started on them one after the other. */
async function openStage() {
  const server = await startBotApiServer();
  const home = makeHome();
  const log = notingLog();
  const api = createTelegramApi({ token: server.token, apiUrl: server.url, timeoutMs: 1000 });
  const inbox = createInbox({ ...home, clock: systemClock, log, botId: api.botId });
  const stops: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await server.close();
  });
  /** Starts a bot; gives the function that stops it. */
  const start = (handle: Handle, changes: Partial<IntakeParts> = {}) => {
    const end = new AbortController();
    const running = runIntake({
      api,
      inbox,
      clock: systemClock,
      log,
      signal: end.signal,
      me: { botId: api.botId, botName: 'ccdispatch_bot' },
      isControl: (incoming) => incoming.kind === 'press' || textOf(incoming).startsWith('/status'),
      isCommand: ({ text }) => text.startsWith('/'),
      handle: async (incoming, handling) => await handle(incoming, handling),
      onTrouble: () => {},
      pollRules: { pollSeconds: 20, backoff: { firstMs: 5, mostMs: 40 }, fruitlessMs: 20 },
      laneRules: { atOnce: { work: 8, control: 8, aside: 2 }, mostWaiting: 100, retryMs: [1] },
      ...changes,
    });
    const stop = () => {
      end.abort();
      return running;
    };
    stops.push(stop);
    return stop;
  };
  return { server, inbox, log, start, isAllDone: () => inbox.pending().length === 0 };
}

const hang = () => new Promise<void>(() => {});
const long = (mark: string) => mark.repeat(4096);

it('what comes is handled in the order of its chat, and done', async () => {
  const { server, start, isAllDone } = await openStage();
  const handled: string[] = [];
  start(async (incoming) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    handled.push(`${(incoming as IncomingMessage).chat.id} ${textOf(incoming)}`);
  });
  for (let n = 0; n < 20; n++) for (const chat of ['1', '2']) server.pushText(chat, `${n}`);
  await until(() => handled.length === 40);
  for (const chat of ['1', '2']) {
    const expected = Array.from({ length: 20 }, (_, n) => `${chat} ${n}`);
    expect(handled.filter((line) => line.startsWith(`${chat} `))).toEqual(expected);
  }
  await until(isAllDone);
});

it('control is handled while every other handler hangs, in the same chat, too', async () => {
  const { server, start } = await openStage();
  const handled: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  start((incoming) => {
    handled.push(textOf(incoming));
    return handled.length <= 8 ? held : undefined;
  });
  for (let n = 1; n <= 10; n++) server.pushText(`${n}`, 'work');
  await until(() => handled.length === 8);
  server.pushText('1', '/status');
  const pressed = server.pushCallback('2', 1, 'x');
  await until(() => handled.length === 10);
  expect(handled.slice(8).sort()).toEqual(['/status', 'press']);
  expect(pressed).toBeGreaterThan(0);
  release();
});

it('a text in parts and an album are each handled once, as one', async () => {
  const { server, start, isAllDone } = await openStage();
  const handled: IncomingMessage[] = [];
  start((incoming) => void handled.push(incoming as IncomingMessage));
  const ids = [server.pushText('1', long('a')), server.pushText('1', 'end')];
  const from = { id: 2, is_bot: false, first_name: 'Bo' };
  const item = (message_id: number) => ({ message_id, date: 1_763_600_000, from, chat: { id: 2, type: 'private' } });
  for (const message_id of [901, 902]) {
    const photo = [{ file_id: `p${message_id}`, width: 1, height: 1 }];
    server.pushUpdate({ message: { ...item(message_id), photo, media_group_id: 'g' } });
  }
  await until(() => handled.length === 2);
  expect(handled[0]).toMatchObject({ updateId: ids[0], text: `${long('a')}end`, partOf: [ids[1]] });
  expect(handled[1]?.files.map(({ fileId }) => fileId)).toEqual(['p901', 'p902']);
  await until(isAllDone);
});

it('what asks nothing, or is broken, is done without a handler', async () => {
  const { server, start, inbox, log, isAllDone } = await openStage();
  const handled: string[] = [];
  start((incoming) => void handled.push(textOf(incoming)));
  const joined = server.pushUpdate({
    message: { message_id: 1, date: 1, chat: { id: -5, type: 'group' }, new_chat_members: [] },
  });
  const broken = server.pushUpdate({ message: { text: 'no chat' } });
  server.pushText('1', 'end');
  await until(() => handled.length === 1);
  await until(isAllDone);
  expect([inbox.find(joined)?.update_id, inbox.find(broken)?.update_id]).toEqual([joined, broken]);
  expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
});

describe('after a restart', () => {
  it('what was not done is handled with the plan that was fixed, what was done is not', async () => {
    const { server, start, inbox } = await openStage();
    const first: string[] = [];
    const stop = start(async (incoming, { fix }) => {
      first.push(textOf(incoming));
      if (textOf(incoming) === 'planned') await fix({ task: 'one' });
      if (textOf(incoming) !== 'done') throw new Error('killed');
    });
    for (const [chat, text] of [
      ['1', 'done'],
      ['2', 'planned'],
      ['3', 'begun'],
    ] as const)
      server.pushText(chat, text);
    await until(() => first.length === 5);
    await stop();
    expect(inbox.pending()).toHaveLength(2);
    server.pushText('2', 'new');
    const second: [string, object | null][] = [];
    start((incoming, { plan }) => void second.push([textOf(incoming), plan]));
    await until(() => second.length === 3);
    expect(second).toEqual([
      ['planned', { task: 'one' }],
      ['begun', null],
      ['new', null],
    ]);
  });

  it('parts stay what they were planned as, and parts without a plan are gathered again', async () => {
    const { server, start, inbox } = await openStage();
    let tries = 0;
    const stop = start(async (incoming, { fix }) => {
      if ((incoming as IncomingMessage).chat.id === '1') await fix({ task: 'one' });
      tries++;
      throw new Error('killed');
    });
    // The second comes when the first was planned alone; by its time it would be a part.
    const alone = server.pushText('1', long('a'));
    await until(() => inbox.find(alone)?.plan);
    const { date } = (inbox.find(alone) as InboxEntry).update.message as { date: number };
    const chat = { id: 1, type: 'private' };
    server.pushUpdate({
      message: { message_id: 900, date, chat, from: { id: 1, first_name: 'Ada' }, text: 'too late' },
    });
    server.pushText('2', long('b'));
    server.pushText('2', 'end');
    await until(() => tries === 6);
    await stop();
    const again: [string, number][] = [];
    start((incoming) => void again.push([textOf(incoming).slice(-8), (incoming as IncomingMessage).partOf.length]));
    await until(() => again.length === 3);
    expect(again.sort()).toEqual([
      ['aaaaaaaa', 0],
      ['bbbbbend', 1],
      ['too late', 0],
    ]);
  });

  it('a part whose head was planned with it is never a message of its own', async () => {
    const { server, start, inbox, isAllDone } = await openStage();
    let planned = false;
    const stop = start(async (_incoming, { fix }) => {
      await fix({ task: 'one' });
      planned = true;
      throw new Error('killed');
    });
    const head = server.pushText('1', long('a'));
    const end = server.pushText('1', 'end');
    await until(() => planned);
    await stop();
    // Killed between the two moves of being done.
    inbox.done([end]);
    const again: IncomingMessage[] = [];
    start((incoming) => void again.push(incoming as IncomingMessage));
    await until(isAllDone);
    expect(again).toMatchObject([{ updateId: head, text: `${long('a')}end`, partOf: [end] }]);
    const me = { botId: '7000000001', botName: 'ccdispatch_bot' };
    expect(recallMessage(inbox, head, me)).toEqual(again[0]);
    expect(recallMessage(inbox, 1, me)).toBeNull();
  });
});

describe('work aside', () => {
  it('does not hold up its chat, and its update is done when it has ended', async () => {
    const { server, start, inbox, isAllDone } = await openStage();
    const handled: string[] = [];
    let release = () => {};
    start((incoming, { aside }) => {
      handled.push(textOf(incoming));
      if (textOf(incoming) !== 'file') return;
      aside(() => {
        handled.push('download');
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      });
    });
    const file = server.pushText('1', 'file');
    server.pushText('1', 'next');
    await until(() => handled.includes('next') && handled.includes('download'));
    await until(() => inbox.pending().length === 1);
    expect(inbox.pending()[0]?.update_id).toBe(file);
    release();
    await until(isAllDone);
  });

  it('is told when the bot stops, and begins again at the next start', async () => {
    const { server, start, inbox, isAllDone } = await openStage();
    let isTold = false;
    let begun = 0;
    const stop = start((_incoming, { aside }) =>
      aside(async (signal) => {
        begun++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        isTold = true;
        throw new Error('stopped');
      }),
    );
    server.pushText('1', 'file');
    await until(() => begun === 1);
    expect(await stop()).toBe('stopped');
    expect([isTold, inbox.pending().length]).toEqual([true, 1]);
    start((_incoming, { aside }) => aside(async () => {}));
    await until(isAllDone);
  });
});

describe('the end', () => {
  it('waits for the handler that runs, and leaves the rest for the next start', async () => {
    const { server, start, inbox } = await openStage();
    let release = () => {};
    const handled: string[] = [];
    const stop = start((incoming) => {
      handled.push(textOf(incoming));
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    const ids = [server.pushText('1', 'a'), server.pushText('1', 'b')];
    await until(() => handled.length === 1);
    const stopped = stop();
    setTimeout(() => release(), 30);
    expect(await stopped).toBe('stopped');
    expect([handled, inbox.pending().map(({ update_id }) => update_id)]).toEqual([['a'], [ids[1]]]);
  });

  it('comes although more waits than there is room for', async () => {
    const { server, start } = await openStage();
    const laneRules = { atOnce: { work: 1, control: 1, aside: 1 }, mostWaiting: 2, retryMs: [] };
    const handled: string[] = [];
    const stop = start(
      (incoming) => {
        handled.push(textOf(incoming));
        return new Promise((resolve) => setTimeout(resolve, 50));
      },
      { laneRules },
    );
    for (let n = 0; n < 20; n++) server.pushText('1', `${n}`);
    await until(() => handled.length === 2);
    expect(await stop()).toBe('stopped');
    expect(handled.length).toBeLessThan(20);
  });

  it('comes when the token is refused', async () => {
    const { server, start } = await openStage();
    server.setFaults(() => ({ kind: 'status', status: 401, description: 'Unauthorized' }));
    const end = new AbortController();
    expect(await start(hang, { signal: end.signal })()).toBe('token');
  });
});
