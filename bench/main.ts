// Measures what our own work costs, as ratios in one run: against the programs that people would use without us.

import { parseArgs } from 'node:util';
import { type Measured, measureScene, type Topic } from './measure.ts';
import { renderMeasured } from './report.ts';
import { batchTopic } from './topics/batch.ts';
import { botTopics } from './topics/bot.ts';
import { claimTopic } from './topics/claim.ts';
import { dispatchTopic } from './topics/dispatch.ts';
import { historyTopic } from './topics/history.ts';
import { memoryTopic } from './topics/memory.ts';
import { quickTopic } from './topics/quick.ts';
import { scheduleTopic } from './topics/schedule.ts';
import { sessionTopic } from './topics/session.ts';
import { watchTopic } from './topics/watch.ts';
import { worktreeTopic } from './topics/worktree.ts';

const topics: readonly Topic[] = [
  dispatchTopic,
  quickTopic,
  batchTopic,
  historyTopic,
  memoryTopic,
  claimTopic,
  scheduleTopic,
  watchTopic,
  sessionTopic,
  worktreeTopic,
  ...botTopics,
];

const usage = `npm run bench -- [--quick] [--only <topic>]… [--rounds <number>] [--json]
  --quick    fewer rounds, for a first look
  --only     one of: ${[...new Set(topics.map(({ name }) => name))].join(', ')}
  --rounds   so many rounds of everything
  --json     print all figures of every round as JSON
`;

async function measureTopic(topic: Topic, rounds: number): Promise<{ measured: Measured[]; missing: string[] }> {
  const scene = await topic.open();
  try {
    return { measured: await measureScene(scene, topic.unit, rounds), missing: scene.missing ?? [] };
  } finally {
    await scene.close();
  }
}

function readFlags() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.filter((only) => !topics.some(({ name }) => name === only));
  const isRounds = values.rounds === undefined || /^[1-9]\d{0,3}$/.test(values.rounds);
  return { ...values, isUnderstood: unknown.length === 0 && isRounds };
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help || !flags.isUnderstood) {
    process.stderr.write(usage);
    process.exitCode = flags.help ? 0 : 2;
    return;
  }
  const all: Measured[] = [];
  for (const topic of topics.filter(({ name }) => flags.only.length === 0 || flags.only.includes(name))) {
    const rounds = Number(flags.rounds ?? (flags.quick ? topic.quickRounds : topic.rounds));
    const { measured, missing } = await measureTopic(topic, rounds);
    all.push(...measured);
    if (flags.json) continue;
    for (const line of measured) process.stdout.write(renderMeasured(line));
    for (const text of missing) process.stdout.write(`${topic.name}: ${text}\n`);
  }
  if (flags.json) process.stdout.write(`${JSON.stringify(all, null, 1)}\n`);
}

await main();
