// What must be true of sessions after their workers and agents were killed again and again: a line for each thing that is not.

import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../../src/lib/tasks/record.ts';
import { judgeRest, judgeResult } from './crash-verdict.ts';
import type { Soaked, Speaker } from './session-soak.ts';

export interface SoakVerdict {
  faults: string[];
  figures: Record<string, number>;
}

function effectsIn(folder: string): string[] {
  const path = join(folder, 'effects.txt');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** Each message was answered with its own answer, done once, and in the order in which it came. */
function judgeSpeaker({ session, said }: Speaker, load: (taskId: string) => Task): string[] {
  const faults: string[] = [];
  const words = said.map(({ word }) => word);
  const effects = effectsIn(session.workdir);
  if (effects.join() !== words.join()) {
    const extra = effects.filter((line, index) => effects.indexOf(line) !== index || !words.includes(line));
    const missing = words.filter((word) => !effects.includes(word));
    faults.push(`${session.name}: did other things than it was asked: too much ${extra}, missing ${missing}`);
  }
  let endedAt = 0;
  for (const { word, taskId } of said) {
    const task = load(taskId);
    const answer = `This is the answer of ${word}.`;
    if (task.status !== 'completed' || task.result !== answer) {
      faults.push(`${taskId} (${word}) is ${task.status} (${task.reason}): ${task.result}`);
    }
    const [first] = task.runs;
    if (first && Date.parse(first.started_at) < endedAt) faults.push(`${taskId} began before the one before it ended`);
    endedAt = Date.parse(task.runs.at(-1)?.ended_at ?? '') || endedAt;
  }
  return faults;
}

/** Every answer came to its own chat, once, and to no other. */
function judgeChats({ stage, speakers }: Soaked): string[] {
  return speakers.flatMap(({ chat, said }) => {
    const own = new Set(said.map(({ word }) => word));
    const strange = stage.bot
      .messages(chat)
      .flatMap(({ text }) => text.match(/turn-\d\d-\d{4}/g) ?? [])
      .filter((word) => !own.has(word));
    return strange.map((word) => `chat ${chat} heard of ${word}`);
  });
}

/** No input pipe, no held events file, no open session is left. */
function judgeSessions({ stage }: Soaked): string[] {
  const { home } = stage;
  const names = readdirSync(home.paths.sessions, { recursive: true, encoding: 'utf8' });
  const paths = names.map((name) => join(home.paths.sessions, name));
  return [
    ...paths.filter((path) => lstatSync(path).isFIFO()).map((path) => `still a pipe: ${path}`),
    ...paths
      .filter((path) => /events\.jsonl$|\.lock$/.test(path) && home.locks.isHeld(path))
      .map((p) => `still held: ${p}`),
    ...names.filter((name) => name.startsWith('.tmp-')).map((name) => `half-made: ${name}`),
  ];
}

const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/** The worker's memory and descriptors over the last part of the turns, by its first and its last third. */
export function growthOf({ samples }: Soaked) {
  const third = Math.floor(samples.length / 3);
  const [early, late] = [samples.slice(third, 2 * third), samples.slice(-third)];
  const of = (some: typeof samples, key: 'rssMb' | 'descriptors') => middle(some.map((sample) => sample[key]));
  return {
    samples: samples.length,
    'MB early': Math.round(of(early, 'rssMb')),
    'MB late': Math.round(of(late, 'rssMb')),
    'descriptors early': of(early, 'descriptors'),
    'descriptors late': of(late, 'descriptors'),
  };
}

export function judgeSoak(soaked: Soaked): SoakVerdict {
  const { stage, speakers, killed, mostWarm } = soaked;
  const load = (taskId: string) => stage.home.tasks.load(taskId);
  const tasks = speakers.flatMap(({ said }) => said.map(({ taskId }) => load(taskId)));
  const results = tasks.map((task) => judgeResult(stage, task));
  const sessions = speakers.map(({ session }) => stage.home.sessions.load(session.session_id));
  const figures: Record<string, number> = {
    turns: tasks.length,
    'killed workers': killed.workers,
    'killed agents': killed.agents,
    'lost runs': tasks.flatMap(({ runs }) => runs.filter(({ outcome }) => outcome === 'lost')).length,
    repairs: sessions.reduce((sum, { repair_count: count }) => sum + count, 0),
    'most agents at once': mostWarm,
  };
  for (const result of results.filter((text) => !text.startsWith('bad'))) figures[result] = (figures[result] ?? 0) + 1;
  return {
    faults: [
      ...speakers.flatMap((speaker) => judgeSpeaker(speaker, load)),
      ...judgeChats(soaked),
      ...results.filter((text) => text.startsWith('bad')),
      ...judgeSessions(soaked),
      ...judgeRest(stage, tasks),
    ],
    figures,
  };
}
