// Tasks of an end-to-end scene that meet in a file of their repository: what the model plays, and what is waited for.

import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ModelRequest } from '../../src/lib/demo/model-server.ts';
import type { Task } from '../../src/lib/tasks/record.ts';
import { type Scene, until } from './e2e.ts';
import { type Gate, makeGate, type Steps } from './e2e-model.ts';
import { commitAll } from './work-repository.ts';
import { initRepository } from './worktree-home.ts';

export interface Meeting {
  /** Lets the earlier one come to its end. */
  gate: Gate;
  /** Ids of the two tasks. */
  earlier: string;
  later: string;
}

export interface Meetings {
  /** A repository of the scene's own with a file of nine lines; without settings it merges what ends. */
  makeRepo(name: string, settings?: object): string;
  /** Two tasks that change lines of that file: the first its second line, the second a line that is named. */
  meet(request: {
    repo: string;
    /** Null for none. */
    chat: string | null;
    /** Words of which no other part of the scene may hold one. */
    first: string;
    second: string;
    secondLine: number;
    /** What the second does when it goes on. */
    later?: Steps;
  }): Promise<Meeting>;
  dispatch(repo: string, chat: string | null, word: string): Promise<string>;
  /** Waits until the task is paused and nothing of its run lives. */
  held(taskId: string): Promise<Task>;
  /** Waits until the task has ended. */
  ended(taskId: string): Promise<Task>;
  /** Waits until its work is where it belongs. */
  landed(taskId: string): Promise<unknown>;
  /** The request in which the model was told what changed; it was told once. */
  toldOnce(word: string): ModelRequest;
  /** Opens all gates. */
  openAll(): void;
}

export const patience = 60_000;
export const shared = 'src/shared.txt';
export const lines = Array.from({ length: 9 }, (_, n) => `line ${n + 1}`).join('\n');

/** Reads the shared file and changes one line of it, as steps. */
export const edits = (cwd: string | null, line: number, words: string) => [
  { toolUses: [{ name: 'Read', input: { file_path: `${cwd}/${shared}` } }] },
  {
    toolUses: [
      {
        name: 'Edit',
        input: { file_path: `${cwd}/${shared}`, old_string: `line ${line}\n`, new_string: `${words}\n` },
      },
    ],
  },
];

/** Reads the shared file and writes it whole, as steps. */
export const rewrites = (cwd: string | null, content: string) => [
  { toolUses: [{ name: 'Read', input: { file_path: `${cwd}/${shared}` } }] },
  { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/${shared}`, content } }] },
];

/** What was waited for in vain says how the task stood, and what the worker did last. */
async function explained<T>(scene: Scene, taskId: string, waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
  } catch (error) {
    const { status, reason, runs, result } = scene.task(taskId);
    const log = path.join(scene.home, 'logs', 'worker.log');
    const said = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-25).join('\n') : '';
    throw new Error(`${String(error)}; it stands: ${JSON.stringify({ status, reason, runs, result })}\n${said}`);
  }
}

export function openMeetings(scene: Scene): Meetings {
  const gates: Gate[] = [];

  /** Changes a line of the shared file, then stands before a gate; what it says, and does when it goes on, is named. */
  function playsEdit(word: string, line: number, later: Steps = [{ text: `The ${word} went on.` }]): Gate {
    const gate = makeGate();
    gates.push(gate);
    scene.plays(word, ({ cwd }) => [...edits(cwd, line, `line of the ${word}`), { text: `The ${word} is done.` }], {
      before: ({ toolResults, sessionText }) =>
        toolResults > 1 && sessionText.includes(word) ? gate.opened : undefined,
      later,
    });
    return gate;
  }

  const hasEdited = (word: string) =>
    until(
      `the ${word} to have changed its line`,
      () => scene.asked(`play the ${word}`).some(({ toolResults }) => toolResults > 1),
      patience,
    );

  const meetings: Meetings = {
    makeRepo(name, settings = { onEnd: 'merge' }) {
      const repo = initRepository(path.join(scene.folder, name));
      commitAll(repo, 'nine lines', { [shared]: `${lines}\n` });
      const file = path.join(scene.home, 'config.json');
      const config = JSON.parse(fs.readFileSync(file, 'utf8')) as { repos?: object };
      fs.writeFileSync(file, JSON.stringify({ ...config, repos: { ...config.repos, [repo]: settings } }));
      return repo;
    },
    async meet({ repo, chat, first, second, secondLine, later }) {
      const gate = playsEdit(first, 2);
      playsEdit(second, secondLine, later);
      const earlier = await meetings.dispatch(repo, chat, first);
      await hasEdited(first);
      return { gate, earlier, later: await meetings.dispatch(repo, chat, second) };
    },
    dispatch: (repo, chat, word) =>
      scene.dispatch([...(chat ? ['-g', chat] : []), '-n', `task ${word[0]}`, '--repo', repo, `play the ${word}`]),
    held: (taskId) =>
      explained(
        scene,
        taskId,
        until(
          `${taskId} to wait for another one`,
          () => {
            const task = scene.task(taskId);
            return task.status === 'paused' && task.runs.every(({ ended_at }) => ended_at !== null) && task;
          },
          patience,
        ),
      ),
    async ended(taskId) {
      const isOver = () => ['completed', 'failed', 'cancelled'].includes(scene.task(taskId).status);
      await explained(scene, taskId, until(`${taskId} to come out`, isOver, patience));
      return await scene.ended(taskId);
    },
    landed: (taskId) =>
      until(
        `${taskId} to have landed`,
        () => !fs.existsSync(path.join(scene.home, 'queue', 'active', taskId)),
        patience,
      ),
    toldOnce(word) {
      const requests = scene
        .asked(`play the ${word}`)
        .filter(({ sessionText }) => sessionText.includes('other work came'));
      expect(new Set(requests.map(({ sessionText }) => sessionText)).size).toBe(1);
      return requests[0] as ModelRequest;
    },
    openAll: () => {
      for (const gate of gates) gate.open();
    },
  };
  return meetings;
}
