// What our bot costs beside one that keeps nothing: updates a second, time to the first message of a task, memory for many chats.

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { type Contender, median, type Topic } from '../measure.ts';
import { answersTo, type BotStage, delaysOf, openBotStage, peopleOf, type RunningBot } from './bot/side.ts';

const updates = 2000;
const talkers = peopleOf(200);
/** Telegram takes 30 messages a second from a bot; our bot sends no more unless it is told to. */
const withinRate = { perSecond: 25, messagesPerSecond: 30 };
const aboveRate = { perSecond: 50, messagesPerSecond: 1000 };
const tasksPerRun = 500;
const manyChats = 1000;
const settleMs = 2000;

/** A figure that is no measurement but what is aimed at. */
const limitOf = (name: string, figure: number): Contender => ({ name, take: async () => figure });

async function untilStopped<T>(bot: RunningBot, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await bot.stop();
  }
}

/** The same for both: each update is asked for, and answered with one message. */
async function timeOfUpdates({ server }: BotStage, bot: RunningBot): Promise<number> {
  const askers = Array.from({ length: updates }, (_, index) => talkers[index % talkers.length] as number);
  return await untilStopped(bot, async () => {
    const startedAt = performance.now();
    await answersTo(server, askers, () => {
      for (const asker of askers) server.pushText(asker, '/ping');
    });
    return performance.now() - startedAt;
  });
}

const rateTopic: Topic = {
  name: 'bot',
  unit: 'ms',
  rounds: 5,
  quickRounds: 1,
  async open() {
    const stage = await openBotStage();
    const ours = { name: 'our bot', take: async () => timeOfUpdates(stage, await stage.startOurs(talkers)) };
    const grammy = (name: string, way: 'one by one' | 'side by side'): Contender => ({
      name,
      take: async () => timeOfUpdates(stage, await stage.startGrammy(way)),
    });
    const what = `${updates} updates kept and answered, against a bot that only echoes`;
    return {
      contenders: [ours, grammy('grammY', 'one by one'), grammy('grammY that waits for nothing', 'side by side')],
      lines: [
        {
          name: 'bot-updates',
          what,
          a: ours.name,
          b: 'grammY',
          aim: 1.43,
          note: 'the time for all: 1.43 is 0.7 of its rate',
        },
        { name: 'bot-updates-unawaited', what, a: ours.name, b: 'grammY that waits for nothing', aim: null },
      ],
      close: () => stage.close(),
    };
  },
};

/** No worker may start before the bot has ended, or it would be measured as well: we look like one that lives. */
async function withoutWorker<T>(bot: RunningBot, work: () => Promise<T>): Promise<T> {
  const { home } = bot;
  const lock = home ? await kernelLocks.take(home.paths.workerLock, 'worker', 1000) : null;
  try {
    return await untilStopped(bot, work);
  } finally {
    lock?.release();
  }
}

/** Each update makes a task, whose first message is waited for; gives the delays from the shortest to the longest. */
async function delaysOfTasks({ server }: BotStage, bot: RunningBot, perSecond: number): Promise<number[]> {
  const people = peopleOf(tasksPerRun);
  const delays = await withoutWorker(bot, () =>
    delaysOf(server, people, { text: '/cad Say that it works.', perSecond }),
  );
  return delays.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;

/** The middle, and what 99 of 100 keep to, of one run. */
function delayContenders(name: string, run: () => Promise<number[]>): Contender[] {
  let delays: number[] = [];
  return [
    {
      name: `${name}, p99`,
      async take() {
        delays = await run();
        return quantile(delays, 0.99);
      },
    },
    { name: `${name}, p50`, take: async () => median(delays) },
  ];
}

const delayTopic: Topic = {
  name: 'bot',
  unit: 'ms',
  rounds: 2,
  quickRounds: 1,
  async open() {
    const stage = await openBotStage();
    const people = peopleOf(tasksPerRun);
    const ours = ({ perSecond, messagesPerSecond }: typeof aboveRate) =>
      delayContenders(`our bot at ${perSecond} a second`, async () =>
        delaysOfTasks(stage, await stage.startOurs(people, messagesPerSecond), perSecond),
      );
    const grammy = delayContenders(`grammY at ${aboveRate.perSecond} a second`, async () =>
      delaysOfTasks(stage, await stage.startGrammy('one by one'), aboveRate.perSecond),
    );
    const limit = limitOf('the limit', 100);
    const line = ({ perSecond, messagesPerSecond }: typeof aboveRate, name: string, aim: number | null) => ({
      name: `bot-placeholder-${perSecond}-${name}`,
      what: `from the update to the message that its task waits, ${perSecond} tasks a second`,
      a: `our bot at ${perSecond} a second, ${name}`,
      b: limit.name,
      aim,
      note: `no worker lives, telegram.messagesPerSecond is ${messagesPerSecond}`,
    });
    return {
      contenders: [...[withinRate, aboveRate].flatMap(ours), ...grammy, limit],
      lines: [
        line(withinRate, 'p50', null),
        line(withinRate, 'p99', 1),
        line(aboveRate, 'p50', null),
        line(aboveRate, 'p99', 1),
        {
          name: 'bot-echo-50-p99',
          what: 'for comparison: an echo at 50 a second',
          a: `grammY at ${aboveRate.perSecond} a second, p99`,
          b: limit.name,
          aim: null,
        },
      ],
      close: () => stage.close(),
    };
  },
};

/** Resident memory in MB (of 1024 × 1024 bytes). */
function residentOf({ pid }: RunningBot): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

/** Memory, in the order of the weighings. */
interface Weights {
  before: number;
  after: number;
  /** With as many chats more. */
  later: number;
}

/** Memory before and after each of many chats has written, and got its first message; then once more with others. */
async function weighChats({ server }: BotStage, bot: RunningBot): Promise<Weights> {
  const [first, ...others] = peopleOf(2 * manyChats + 1, 20_000) as [number, ...number[]];
  const weighAfter = async (people: readonly number[]) => {
    await delaysOf(server, people, { text: 'Say that it works.', perSecond: aboveRate.perSecond });
    await sleep(settleMs);
    return residentOf(bot);
  };
  return await withoutWorker(bot, async () => ({
    // The first task of all brings in what all of them need.
    before: await weighAfter([first]),
    after: await weighAfter(others.slice(0, manyChats)),
    later: await weighAfter(others.slice(manyChats)),
  }));
}

/** The weights of one run, and what has come on top from one to the next. */
function weightContenders(name: string, run: () => Promise<Weights>): Contender[] {
  let weights: Weights | null = null;
  const figure = (of: string, take: (weights: Weights) => number): Contender => ({
    name: `${name}, ${of}`,
    take: async () => (weights ? take(weights) : Number.NaN),
  });
  return [
    {
      name: `${name}, before`,
      async take() {
        weights = await run();
        return weights.before;
      },
    },
    figure('after', ({ after }) => after),
    figure('growth', ({ before, after }) => after - before),
    figure('later growth', ({ after, later }) => later - after),
  ];
}

const memoryTopic: Topic = {
  name: 'bot',
  unit: 'MB',
  rounds: 1,
  quickRounds: 1,
  async open() {
    const stage = await openBotStage();
    const people = peopleOf(2 * manyChats + 1, 20_000);
    const { messagesPerSecond } = aboveRate;
    const limit = limitOf('the limit', 20);
    const growth = (of: string, name: string, what: string, aim: number | null) => ({
      name: `bot-memory-${name}`,
      what,
      a: of,
      b: limit.name,
      aim,
    });
    return {
      contenders: [
        ...weightContenders('our bot', async () => weighChats(stage, await stage.startOurs(people, messagesPerSecond))),
        ...weightContenders('grammY', async () => weighChats(stage, await stage.startGrammy('one by one'))),
        limit,
      ],
      lines: [
        {
          name: 'bot-memory',
          what: `resident memory of the bot with ${manyChats} chats, a task in each`,
          a: 'our bot, after',
          b: 'our bot, before',
          aim: null,
        },
        growth('our bot, growth', 'growth', 'what that has added', 1),
        growth('our bot, later growth', 'later', `what ${manyChats} chats more have added`, null),
        growth('grammY, growth', 'echo', 'for comparison: an echo to as many chats', null),
      ],
      close: () => stage.close(),
    };
  },
};

/** All under one name: each starts from bots of its own. */
export const botTopics: readonly Topic[] = [rateTopic, delayTopic, memoryTopic];
