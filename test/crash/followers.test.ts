// The worker is killed at random moments while a failed task takes those with it that come after: each ends once, and is told once.

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { isRunning, type Scene, startScene, until } from '../support/e2e.ts';
import { seededRandom } from '../support/random.ts';

/** `TEST_KILLS` kills as often as that; `TEST_SEED` repeats a run. */
const kills = Number(process.env.TEST_KILLS ?? 2);
const { seed, next: random } = seededRandom(Number(process.env.TEST_SEED) || undefined);
const followers = 6;

/** How the chat heard that a task is not to run; killed while it is sent, it stands in the progress message, or comes once more, marked. */
function howTold(scene: Scene, taskId: string): string {
  const { task_name: name } = scene.task(taskId);
  const messages = scene.bot.messages('701').filter(({ deleted }) => !deleted);
  const isNews = ({ text }: SentMessage) => text.includes(` ${name}`) && text.includes('It was to follow');
  const unmarked = messages.filter((message) => isNews(message) && /^(✅|❌|⏹)/.test(message.text));
  if (unmarked.length > 1) return `bad: ${taskId} was told of ${unmarked.length} times`;
  if (messages.some((message) => isNews(message) && message.text.startsWith('🔁')))
    return 'marked as a possible repeat';
  if (messages.some((message) => !isNews(message) && message.text.includes(taskId))) return 'in the progress message';
  return unmarked.length === 1 ? 'sent' : 'not told';
}

it(`ends all of a chain (TEST_SEED=${seed})`, { timeout: 150_000 + kills * 10_000 }, async () => {
  const scene = await startScene({
    agents: { shouts: 'tr a-z A-Z', fails: 'read gate; until [ -e "$gate" ]; do sleep 0.02; done; exit 3' },
  });
  try {
    const gate = path.join(scene.folder, 'gate');
    const first = await scene.dispatch(['--agent', 'fails', gate]);
    const lines = Array.from({ length: followers }, (_, n) => ({ prompt: `p${n}`, agent: 'shouts', group: 701 }));
    const input = lines.map((line) => JSON.stringify({ ...line, after: first })).join('\n');
    const made = await scene.cli(['dispatch', '--batch', '-'], { input });
    const ids = made.stdout.trim().split('\n');
    // Some come after others, and one runs whatever becomes of the first.
    ids.push(await scene.dispatch(['--agent', 'shouts', '-g', '701', '--after', ids[0] as string, 'again']));
    const anyway = await scene.dispatch([
      '--agent',
      'shouts',
      '-g',
      '701',
      '--after',
      first,
      '--if-failed',
      'run',
      'on',
    ]);
    fs.writeFileSync(gate, '');
    for (let killed = 0; killed < kills; killed++) {
      const pid = await until('a worker lives', () => scene.workerPid());
      await sleep(random() * 400);
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
      await until('it is gone', () => !isRunning(pid));
      await scene.dispatch(['--agent', 'shouts', 'another']);
    }
    for (const id of ids) {
      expect(await scene.ended(id), `TEST_SEED=${seed}`).toMatchObject({ status: 'cancelled', reason: 'after' });
    }
    // Killed with its worker it may be lost, as agents are that cannot go on; but it ran.
    const { status, result } = await scene.ended(anyway);
    expect([status === 'completed' || status === 'failed', result]).toEqual([true, expect.stringContaining('ON')]);
    // Where a worker was killed between writing an end down and telling it, the next one tells it, a minute later at most.
    const news = () => ids.map((id) => howTold(scene, id));
    await until('the news of all', () => !news().includes('not told'), 90_000);
    await scene.told('701');
    expect(
      news().filter((how) => how.startsWith('bad')),
      `TEST_SEED=${seed}`,
    ).toEqual([]);
    expect(fs.readdirSync(path.join(scene.home, 'queue/waiting'))).toEqual([]);
  } finally {
    await scene.close();
  }
});
