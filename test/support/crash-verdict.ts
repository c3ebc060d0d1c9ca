// What must be true after everything of ours was killed again and again: a line for each thing that is not.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { isEnded, type Task } from '../../src/lib/tasks/record.ts';
import { answerOf, effectsFile } from './crash-script.ts';
import type { CrashStage } from './crash-stage.ts';
import type { Wish } from './crash-workload.ts';

export interface Verdict {
  faults: string[];
  /** How many of each: tasks, runs, results that came once, that were told in the progress message, marked repeats, … */
  figures: Record<string, number>;
}

/** The tasks on disk; a folder that is not whole throws. */
function loadAll({ home }: CrashStage): Task[] {
  return home.tasks.chats().flatMap((chat) => home.tasks.ids(chat).map((taskId) => home.tasks.load(taskId)));
}

/** Everything somebody wished for is there once; what was killed while it was made is there once or not at all. */
function judgeWishes(tasks: readonly Task[], wishes: readonly Wish[]): string[] {
  const count = (word: string) => tasks.filter(({ task_name }) => task_name === word).length;
  const known = new Set(wishes.map(({ word }) => word));
  return [
    ...wishes.flatMap(({ word, taskId }) => {
      const copies = count(word);
      if (copies > 1) return [`${word} was made ${copies} times`];
      const made = tasks.find((task) => task.task_id === taskId)?.task_name;
      return taskId !== null && made !== word ? [`${word} was told as ${taskId}, which is not there`] : [];
    }),
    ...tasks.filter(({ task_name }) => !known.has(task_name)).map(({ task_id }) => `nobody wished for ${task_id}`),
  ];
}

function effectsOf({ workdir }: Task): string[] {
  const path = join(workdir, effectsFile);
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** A task has ended once, and what it asked for was done once. An agent that cannot be resumed may have been lost. */
function judgeTask(stage: CrashStage, task: Task, hasPauses: boolean): string[] {
  const { task_id, task_name: word, runs } = task;
  const say = (text: string) => `${task_id} (${word}): ${text}`;
  const faults: string[] = [];
  const isLost = task.agent === 'counting' && task.status === 'failed' && task.reason === 'lost';
  if (!isEnded(task) || (task.status !== 'completed' && !isLost)) {
    faults.push(say(`is ${task.status} (${task.reason}): ${task.result}`));
  }
  for (const run of runs) {
    if (run.outcome === null || run.ended_at === null) faults.push(say(`run ${run.n} has no end`));
    const isFollowed = run.n < runs.length;
    const mayBe = run.outcome === 'lost' || (hasPauses && run.outcome === 'paused');
    if (isFollowed && !mayBe) faults.push(say(`run ${run.n} was followed by another`));
    const following = runs[run.n];
    if (following && Date.parse(following.started_at) < Date.parse(run.ended_at ?? '')) {
      faults.push(say(`run ${following.n} began before run ${run.n} was gone`));
    }
  }
  const effects = effectsOf(task);
  if (effects.some((line) => line !== word) || effects.length > 1) faults.push(say(`did ${effects.join()}`));
  // A tool that is interrupted as it begins counts as used.
  if (task.status === 'completed' && effects.length !== 1 && !hasPauses)
    faults.push(say(`did its work ${effects.length} times`));
  if (task.status === 'completed' && !stage.home.tasks.output(task_id)?.includes(answerOf(word))) {
    faults.push(say(`answered ${stage.home.tasks.output(task_id)}`));
  }
  // What the model was asked when its agent was interrupted it is asked again.
  if (task.agent === 'claude' && !hasPauses) {
    const { calls = 0, finals = 0 } = stage.tallies.get(word) ?? {};
    if (calls !== 1 || finals !== 1)
      faults.push(say(`the model was asked ${calls} times, and answered ${finals} times`));
  }
  if (stage.home.history.latest(1, (line) => line.task_id === task_id).length === 0) faults.push(say('has no history'));
  return faults;
}

const repeatMark = '🔁';

/** How a task's result has come to its chat; `bad: …` where it was lost or doubled. */
export function judgeResult(stage: CrashStage, task: Task): string {
  const { telegram_group: chat, task_name: word, task_id } = task;
  if (chat === null) return 'no chat';
  const messages = stage.bot.messages(chat).filter(({ deleted }) => !deleted);
  const isResult = ({ history }: SentMessage) =>
    new RegExp(`^(${repeatMark}.*\\n\\n)?(✅|❌) ${word}\\b`, 'u').test(history[0] ?? '');
  const copies = messages.filter(isResult);
  const unmarked = copies.filter(({ text }) => !text.startsWith(repeatMark));
  const isTold = messages.some((message) => !isResult(message) && message.text.includes(`tasks show ${task_id}`));
  if (unmarked.length > 1) return `bad: the result of ${task_id} (${word}) came ${unmarked.length} times unmarked`;
  if (copies.length > unmarked.length) return 'marked as a possible repeat';
  if (isTold) return 'told in its progress message';
  return copies.length === 1 ? 'sent' : `bad: the result of ${task_id} (${word}) is lost`;
}

/** Nothing of ours is left lying about: no process, no lock, no marker, no half-made folder, no file that is not whole. */
export function judgeRest(stage: CrashStage, tasks: readonly Task[]): string[] {
  const { home, outbox, bot } = stage;
  const { paths, queue, locks } = home;
  const lockFiles = [
    paths.workerLock,
    paths.outboxLock(bot.token.split(':')[0] as string),
    ...tasks.flatMap(({ task_id, runs }) => [
      join(paths.task(task_id), '.lock'),
      join(paths.task(task_id), '.hook-lock'),
      ...runs.map(({ n }) => join(paths.run(task_id, n), 'events.jsonl')),
    ]),
  ];
  const files = readdirSync(home.home, { recursive: true, encoding: 'utf8' });
  const isWhole = (name: string) => {
    try {
      JSON.parse(readFileSync(join(home.home, name), 'utf8'));
      return true;
    } catch {
      return false;
    }
  };
  const report = outbox.report();
  return [
    ...stage.running().map((process) => `still running: ${process}`),
    ...lockFiles.filter(locks.isHeld).map((path) => `still locked: ${path}`),
    ...queue.waiting().map(({ taskId }) => `still waiting: ${taskId}`),
    ...queue.active().map((taskId) => `still claimed: ${taskId}`),
    ...files.filter((name) => /^tasks\/[^/]+\/\.tmp-[^/]+$/.test(name)).map((name) => `half-made: ${name}`),
    ...files
      .filter(
        (name) => name.endsWith('.json') && !basename(name).startsWith('.tmp-') && !name.startsWith('workspaces/'),
      )
      .filter((name) => !isWhole(name))
      .map((name) => `not whole: ${name}`),
    ...(report.waiting > 0 ? [`${report.waiting} messages wait in the outbox`] : []),
    ...report.failed.map(({ key, delivery }) => `failed for good: ${key} ${delivery.failed?.description}`),
    ...report.broken.map((name) => `broken in the outbox: ${name}`),
  ];
}

/** Judges the home, the chats and the machine after all has come to rest. `hasPauses`: tasks were paused, and went on. */
export function judge(stage: CrashStage, wishes: readonly Wish[], hasPauses = false): Verdict {
  const tasks = loadAll(stage);
  const results = tasks.map((task) => judgeResult(stage, task));
  const figures: Record<string, number> = {
    dispatches: wishes.length,
    tasks: tasks.length,
    runs: tasks.reduce((sum, { runs }) => sum + runs.length, 0),
    'lost runs': tasks.flatMap(({ runs }) => runs.filter(({ outcome }) => outcome === 'lost')).length,
    'lost tasks of an agent without conversations': tasks.filter(({ reason }) => reason === 'lost').length,
  };
  for (const result of results.filter((text) => !text.startsWith('bad'))) figures[result] = (figures[result] ?? 0) + 1;
  return {
    faults: [
      ...judgeWishes(tasks, wishes),
      ...tasks.flatMap((task) => judgeTask(stage, task, hasPauses)),
      ...results.filter((text) => text.startsWith('bad')),
      ...judgeRest(stage, tasks),
    ],
    figures,
  };
}
