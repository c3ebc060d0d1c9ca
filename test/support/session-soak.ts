// Many sessions at once, spoken to without a pause, while workers and agents are killed at random: the ground of the soak.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { App } from '../../src/app.ts';
import type { ModelScript } from '../../src/lib/demo/model-server.ts';
import type { Session } from '../../src/lib/sessions/record.ts';
import { type CrashStage, kill, openStage, processesOf } from './crash-stage.ts';
import { openApp, submit } from './crash-worker.ts';
import { workerStarter } from './crash-workload.ts';
import { seededRandom } from './random.ts';

export interface SoakRequest {
  seed: number;
  sessions: number;
  /** So many of them are warm at most. */
  maxWarm: number;
  turns: number;
  /** The longest turn, in milliseconds; the model's time where the agent is real. */
  turnMs: number;
  /** Milliseconds between two messages, at least. */
  paceMs: number;
  /** Milliseconds between two kills, on average. */
  killWorkerMs: number;
  killAgentMs: number;
  /** The real claude program instead of one that stands in for it. */
  isReal?: boolean;
  /** After this share of the turns no worker is killed any more, and its memory is looked at. */
  quietFrom: number;
}

/** Somebody who speaks in one session, and what he has said so far. */
export interface Speaker {
  session: Session;
  chat: string;
  /** What each of his messages is known by, and its task. */
  said: { word: string; taskId: string }[];
}

/** What was seen of a worker that nobody kills. */
export interface WorkerSample {
  turn: number;
  rssMb: number;
  descriptors: number;
}

export interface Soaked {
  stage: CrashStage;
  speakers: Speaker[];
  killed: { workers: number; agents: number };
  /** The most agents that were seen alive at once. */
  mostWarm: number;
  samples: WorkerSample[];
}

const standIn = fileURLToPath(new URL('./warm-agent.mjs', import.meta.url));

interface Block {
  type: string;
  text?: string;
}

/** What the model does for a real agent: one command that can be counted, then an answer. */
const script: ModelScript = ({ body, cwd }) => {
  let [word, ms, results, isContinued] = ['', 0, 0, false];
  for (const { content } of body.messages ?? []) {
    const blocks: Block[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    for (const { type, text = '' } of blocks) {
      if (type === 'tool_result') results++;
      const turn = type === 'text' && !text.startsWith('This is the answer') && /TURN (\S+) (\d+)/.exec(text);
      if (turn) [word, ms, results, isContinued] = [turn[1] as string, Number(turn[2]), 0, false];
      if (/^You were interrupted|You had begun with this/m.test(text)) isContinued = true;
    }
  }
  const delayMs = ms / 2;
  if (results > 0) return { text: `This is the answer of ${word}.`, delayMs };
  const append = `echo ${word} >> ${cwd}/effects.txt`;
  // Who was interrupted looks first.
  const command = isContinued ? `grep -qx ${word} ${cwd}/effects.txt || ${append}` : append;
  return { toolUses: [{ name: 'Bash', input: { command, description: 'Append a line' } }], delayMs };
};

export async function openSoak({ isReal = false, maxWarm, sessions }: SoakRequest): Promise<CrashStage> {
  const stage = await openStage({
    config: {
      limits: { maxSessions: maxWarm, perUser: maxWarm, maxWarm, sessionsPerUser: sessions, minFreeMemoryMb: 0 },
      // What a loaded machine makes of a quick answer is no sign of anything.
      timeouts: { silenceSeconds: 120 },
    },
    ...(isReal ? {} : { env: { CLAUDE_BIN: standIn } }),
  });
  stage.model.setScript(script);
  return stage;
}

/** The living agents, by the folder that they work in. */
function agentsOf({ home }: CrashStage): { pid: number; folder: string }[] {
  return processesOf(home.home).flatMap(({ pid, command }) => {
    if (!/--input-format stream-json/.test(command)) return [];
    try {
      return [{ pid, folder: readlinkSync(`/proc/${pid}/cwd`) }];
    } catch {
      return [];
    }
  });
}

async function openSpeakers(stage: CrashStage, { sessions, isReal }: SoakRequest): Promise<Speaker[]> {
  const speakers: Speaker[] = [];
  for (let n = 0; n < sessions; n++) {
    const chat = String(7001 + n);
    const options = isReal ? ['--allowed-tools', 'Bash'] : [];
    const made = await stage.cli(['sessions', 'new', `s${n}`, '-g', chat, '--json', ...options]);
    if (made.exitCode !== 0) throw new Error(made.stderr);
    speakers.push({ session: JSON.parse(made.stdout), chat, said: [] });
  }
  return speakers;
}

const wordOf = (speaker: number, n: number) => `turn-${String(speaker).padStart(2, '0')}-${String(n).padStart(4, '0')}`;

async function say(app: App, speakers: readonly Speaker[], at: number, ms: number): Promise<void> {
  const speaker = speakers[at] as Speaker;
  const word = wordOf(at, speaker.said.length);
  const { session_id: session } = speaker.session;
  const task = await submit(app, { prompt: `TURN ${word} ${ms}`, name: word, session });
  speaker.said.push({ word, taskId: task.task_id });
}

/** The pid of the worker that holds the lock. */
function livingWorker({ home, find }: CrashStage): number | null {
  const holder = home.locks.isHeld(home.paths.workerLock) ? home.locks.holder(home.paths.workerLock)?.pid : null;
  return find('worker').find((pid) => pid === holder) ?? null;
}

/** A session whose agent dies in two turns within ten minutes goes on as it was; the third time it begins anew. */
const killsOfOne = 2;
const killWindowMs = 10 * 60_000;

interface Killer {
  killed: Soaked['killed'];
  stop(): Promise<void>;
}

/** Kills workers and agents at random moments until told to stop. */
function startKilling(stage: CrashStage, request: SoakRequest, isQuiet: () => boolean, progress: () => number): Killer {
  const { next } = seededRandom(request.seed + 1);
  const killed = { workers: 0, agents: 0 };
  const before = new Map<string, number[]>();
  let isOver = false;
  const loop = async (everyMs: number, strike: () => void) => {
    while (!isOver) {
      await sleep(everyMs * (0.5 + next()));
      if (!isOver) strike();
    }
  };
  let [seen, spared] = [-1, 0];
  const killWorker = () => {
    // On a busy machine workers would else be killed for ever before any of them has done a thing.
    const isStill = progress() === seen;
    spared = isStill ? spared + 1 : 0;
    seen = progress();
    const isSpared = isStill && spared % 4 !== 0;
    const pid = isQuiet() || isSpared ? null : livingWorker(stage);
    if (pid !== null && kill(pid)) killed.workers++;
  };
  const killAgent = () => {
    const now = performance.now();
    const recent = (folder: string) => (before.get(folder) ?? []).filter((at) => now - at < killWindowMs);
    const mortal = agentsOf(stage).filter(({ folder }) => recent(folder).length < killsOfOne);
    const victim = mortal[Math.floor(next() * mortal.length)];
    if (!victim || !kill(victim.pid)) return;
    before.set(victim.folder, [...recent(victim.folder), now]);
    killed.agents++;
  };
  const loops = Promise.all([loop(request.killWorkerMs, killWorker), loop(request.killAgentMs, killAgent)]);
  return {
    killed,
    async stop() {
      isOver = true;
      await loops;
    },
  };
}

function sampleOf(pid: number, turn: number): WorkerSample | null {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { turn, rssMb: (pages * 4096) / 1e6, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return null;
  }
}

/** Looks now and then how many agents live, and how the worker does. */
function startWatching(stage: CrashStage, turn: () => number, isQuiet: () => boolean) {
  const seen = { mostWarm: 0, samples: [] as WorkerSample[] };
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      seen.mostWarm = Math.max(seen.mostWarm, agentsOf(stage).length);
      const pid = isQuiet() ? livingWorker(stage) : null;
      const sample = pid === null ? null : sampleOf(pid, turn());
      if (sample) seen.samples.push(sample);
      await sleep(500);
    }
  })();
  return {
    seen,
    async stop() {
      isOver = true;
      await watching;
    },
  };
}

/** Waits for `isDone` with a worker alive, and for so long as something comes of it. */
async function waitWithWorker(stage: CrashStage, what: string, isDone: () => boolean, stepMs: number): Promise<void> {
  const wake = workerStarter(stage);
  const left = () => stage.home.queue.waiting().length + stage.home.queue.active().length;
  let [best, since] = [left(), performance.now()];
  while (!isDone()) {
    wake();
    if (left() < best) [best, since] = [left(), performance.now()];
    if (performance.now() - since > stepMs) throw new Error(`nothing came any more of: ${what} (${left()} left)`);
    await sleep(30);
  }
}

/** Speaks in all sessions, kills meanwhile, lets all come to rest, and ends the sessions. The caller closes the stage. */
export async function soak(stage: CrashStage, request: SoakRequest): Promise<Soaked> {
  const { turns, turnMs, paceMs, maxWarm, quietFrom } = request;
  const { next } = seededRandom(request.seed);
  const speakers = await openSpeakers(stage, request);
  const app = openApp(stage.env, stage.home.outside);
  const { queue } = stage.home;
  const left = () => queue.waiting().length + queue.active().length;
  let said = 0;
  const isQuiet = () => said >= turns * quietFrom;
  const killer = startKilling(stage, request, isQuiet, () => said - left());
  const watcher = startWatching(stage, () => said, isQuiet);
  try {
    const wake = workerStarter(stage);
    while (said < turns) {
      const began = performance.now();
      const at = Math.floor(next() * speakers.length);
      // Now and then several at once: they wait for each other.
      for (let burst = next() < 0.25 ? 3 : 1; burst > 0 && said < turns; burst--) {
        await say(app, speakers, at, Math.round(next() ** 2 * turnMs));
        said++;
      }
      wake();
      await sleep(Math.max(0, paceMs - (performance.now() - began)));
      while (left() > 3 * maxWarm) {
        wake();
        await sleep(20);
      }
    }
    await waitWithWorker(stage, 'messages', () => left() === 0, 60_000);
  } finally {
    await Promise.all([killer.stop(), watcher.stop()]);
  }
  const at = new Date().toISOString();
  for (const { session } of speakers) await stage.home.sessions.end(session.session_id, 'user', at);
  const isAtRest = () =>
    !stage.outbox.hasDeliverable() && agentsOf(stage).length === 0 && stage.find('worker').length === 0;
  await waitUntilAtRest(stage, isAtRest);
  return { stage, speakers, killed: killer.killed, ...watcher.seen };
}

/** A worker lives until everything was told and every agent has gone. */
async function waitUntilAtRest(stage: CrashStage, isAtRest: () => boolean): Promise<void> {
  const wake = workerStarter(stage);
  const deadline = performance.now() + 90_000;
  while (!isAtRest() && performance.now() < deadline) {
    if (stage.outbox.hasDeliverable() || agentsOf(stage).length > 0) wake();
    await sleep(50);
  }
}
