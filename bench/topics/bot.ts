// What our bot costs beside one that keeps nothing: updates a second, time to the first message of a task, memory for many chats.

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { type Contender, median, type Topic } from '../measure.ts';
import { answersTo, type BotStage, delaysOf, openBotStage, peopleOf, type RunningBot } from './bot/side.ts';

const updates = 2000;
const talkers = peopleOf(200);
/** Telegram takes 30 messages a second from a bot; our bot sends no more on its own account. */
const withinRate = 25;
const aboveRate = 50;
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
  const delays = await withoutWorker(bot, () => delaysOf(server, people, { text: 'Say that it works.', perSecond }));
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
    const ours = (perSecond: number) =>
      delayContenders(`our bot at ${perSecond} a second`, async () =>
        delaysOfTasks(stage, await stage.startOurs(people), perSecond),
      );
    const grammy = delayContenders(`grammY at ${aboveRate} a second`, async () =>
      delaysOfTasks(stage, await stage.startGrammy('one by one'), aboveRate),
    );
    const limit = limitOf('the limit', 100);
    const line = (perSecond: number, name: string, aim: number | null, note: string) => ({
      name: `bot-placeholder-${perSecond}-${name}`,
      what: `from the update to the message that its task waits, ${perSecond} tasks a second`,
      a: `our bot at ${perSecond} a second, ${name}`,
      b: limit.name,
      aim,
      note,
    });
    const rateNote = 'Telegram takes 30 messages a second of a bot, and the bot sends no more: they queue up';
    return {
      contenders: [...[withinRate, aboveRate].flatMap(ours), ...grammy, limit],
      lines: [
        line(withinRate, 'p50', null, 'no worker lives'),
        line(withinRate, 'p99', 1, 'no worker lives'),
        line(aboveRate, 'p50', null, rateNote),
        line(aboveRate, 'p99', 1, rateNote),
        {
          name: 'bot-echo-50-p99',
          what: 'for comparison: an echo at 50 a second',
          a: `grammY at ${aboveRate} a second, p99`,
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

/** Memory before and after each of many chats has a task, of which its first message was sent. */
async function weighChats({ server }: BotStage, bot: RunningBot): Promise<{ before: number; after: number }> {
  const [first, ...others] = peopleOf(manyChats + 1, 20_000) as [number, ...number[]];
  const makeTasks = async (people: readonly number[]) => {
    await delaysOf(server, people, { text: 'Say that it works.', perSecond: withinRate });
    await sleep(settleMs);
  };
  return await withoutWorker(bot, async () => {
    // The first task of all brings in what all of them need.
    await makeTasks([first]);
    const before = residentOf(bot);
    await makeTasks(others);
    return { before, after: residentOf(bot) };
  });
}

const memoryTopic: Topic = {
  name: 'bot',
  unit: 'MB',
  rounds: 1,
  quickRounds: 1,
  async open() {
    const stage = await openBotStage();
    let weight = { before: Number.NaN, after: Number.NaN };
    const after: Contender = {
      name: 'after',
      async take() {
        weight = await weighChats(stage, await stage.startOurs(peopleOf(manyChats + 1, 20_000)));
        return weight.after;
      },
    };
    const before: Contender = { name: 'before', take: async () => weight.before };
    const growth: Contender = { name: 'growth', take: async () => weight.after - weight.before };
    const limit = limitOf('the limit', 20);
    const what = `memory of the bot with ${manyChats} chats, a task in each`;
    return {
      contenders: [after, before, growth, limit],
      lines: [
        { name: 'bot-memory', what, a: after.name, b: before.name, aim: null },
        { name: 'bot-memory-growth', what: 'what that has added', a: growth.name, b: limit.name, aim: 1 },
      ],
      close: () => stage.close(),
    };
  },
};

/** All under one name: each starts from bots of its own. */
export const botTopics: readonly Topic[] = [rateTopic, delayTopic, memoryTopic];
