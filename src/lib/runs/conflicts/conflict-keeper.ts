/** Keeps tasks on one repository out of each other's way: sees what each changes, lets the later one wait, and go on again. */

import { isoNow } from '../../format/instant.ts';
import { keyOf } from '../../outbox/entry.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import { latestRun, type Task } from '../../tasks/record.ts';
import { pauseTask } from '../control.ts';
import type { RunState } from '../fold.ts';
import { loadIntent } from '../intent.ts';
import { matchFiles } from './conflict-files.ts';
import type { WorkPlace } from './conflict-ground.ts';
import { waitedFor } from './conflict-record.ts';
import { isHeld, isQuestionDue, type ReleaseParts, releaseTask, tendQuestion } from './conflict-release.ts';
import { type Known, pairOf, type StateParts, startOf, stateOf } from './conflict-view.ts';
import { type ConflictPair, type ConflictStep, type Contender, judgeConflicts } from './conflicts.ts';
import { metEntry, whyHeld } from './told-conflicts.ts';
import { createWorkWatch } from './work-watch.ts';

export interface ConflictKeeper {
  /** Hears how a task's latest run stands, as often as somebody looks; says whether there is something to see to. */
  observe(task: Task, state: RunState): boolean;
  /** Sees to what is due, beside whoever calls. */
  tend(): void;
  /** Whether a task waits for another one, or for a person to say what becomes of its work: somebody must stay for it. */
  hasWork(): boolean;
  /** Tasks in whose worktrees something is done: no run may start there, or in their conversations. */
  atWorkOn(): readonly Task[];
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

/** So often records are read again where nothing was heard; more often while somebody waits. */
const roundEveryMs = 1000;
const roundWhileWaitingMs = 250;
/** What goes wrong is tried again; in the end a task goes on as it is. */
const maxFailures = 3;
const retryMs = 5000;

interface Seen {
  task: Task;
  known: Known;
  contender: Contender;
}

class Keeper implements ConflictKeeper {
  private readonly parts: ReleaseParts;
  private readonly stateParts: StateParts;
  private readonly watch;
  private readonly known = new Map<string, Known>();
  /** Tasks with no worktree, by the run that was looked at. */
  private readonly elsewhere = new Map<string, number>();
  private readonly waiting = new Set<string>();
  /** Files that git passes over, by repository. */
  private readonly passedOver = new Map<string, Set<string>>();
  private readonly busy = new Map<string, { task: Task; done: Promise<void> }>();
  private readonly failures = new Map<string, { count: number; until: number }>();
  private round: Promise<void> | null = null;
  private isStirred = true;
  private roundAt = Number.NEGATIVE_INFINITY;
  private hasAdopted = false;

  constructor(parts: ReleaseParts) {
    this.parts = parts;
    const { clock, agents, ground, queue } = parts;
    const workOf = (task: Task) =>
      ground.mergedWork(task).catch((error) => this.fail(error, { task_id: task.task_id }));
    this.stateParts = { queue, isMerged: async (task) => Boolean(await workOf(task)) };
    this.watch = createWorkWatch({
      clock,
      changedFiles: (task) => ground.changedFiles(task),
      tellsTools: (task) => agents.get(task.agent)?.canResume === true,
    });
  }

  observe(task: Task, state: RunState): boolean {
    const known = this.enter(task);
    if (!known) return false;
    if (this.watch.observe(task, known.place.folder, state)) this.isStirred = true;
    return this.isStirred;
  }

  tend(): void {
    const now = this.parts.clock.now();
    this.adopt();
    if (this.round || this.known.size === 0) return;
    const everyMs = this.waiting.size > 0 ? roundWhileWaitingMs : roundEveryMs;
    if (!this.isStirred && now >= this.roundAt && now < this.roundAt + everyMs) return;
    this.isStirred = false;
    this.roundAt = now;
    this.round = this.goRound()
      .catch((error) => this.fail(error))
      .finally(() => {
        this.round = null;
      });
  }

  hasWork(): boolean {
    this.adopt();
    return this.waiting.size > 0 || this.busy.size > 0;
  }

  atWorkOn(): readonly Task[] {
    return [...this.busy.values()].map(({ task }) => task);
  }

  async settled(): Promise<void> {
    while (this.round || this.busy.size > 0) {
      await Promise.all([this.round, ...[...this.busy.values()].map(({ done }) => done)]);
    }
  }

  /** Takes up what an earlier worker left: those that wait stand among the tasks that were set aside. */
  private adopt(): void {
    if (this.hasAdopted) return;
    this.hasAdopted = true;
    for (const taskId of this.parts.queue.aside()) {
      const task = this.load(taskId);
      if (!task || !isHeld(task)) continue;
      if (this.enter(task)) this.waiting.add(taskId);
      // Its worktree is gone, or cannot be read: whoever it waits for will not be found.
      else this.alone(taskId, () => releaseTask(this.parts, taskId, 'plain'));
    }
  }

  private load(taskId: string): Task | null {
    return loadOrNull(this.parts, taskId);
  }

  private placeOf(task: Task): WorkPlace | null {
    try {
      return this.parts.ground.placeOf(task);
    } catch (error) {
      this.fail(error, { task_id: task.task_id });
      return null;
    }
  }

  /** One task's trouble, or one repository's, holds up no other. */
  private fail(error: unknown, about: object = {}): void {
    this.parts.log.error({ ...about, error: String((error as Error)?.stack ?? error) }, 'a conflict was not looked at');
  }

  /** Takes note of a task that has started; null for one that works on no repository of ours. */
  private enter(task: Task): Known | null {
    const { task_id: taskId } = task;
    const before = this.known.get(taskId);
    if (before) return before;
    const run = latestRun(task)?.n ?? 0;
    if (this.elsewhere.get(taskId) === run) return null;
    const place = this.placeOf(task);
    if (!place) {
      if (this.elsewhere.size > 1000) this.elsewhere.clear();
      this.elsewhere.set(taskId, run);
      return null;
    }
    const known: Known = { place, record: this.parts.records.load(taskId), outcome: null, hasAsked: false };
    this.known.set(taskId, known);
    this.isStirred = true;
    return known;
  }

  private async goRound(): Promise<void> {
    const isNew = await this.watch.look().catch((error) => this.fail(error));
    if (isNew) this.isStirred = true;
    const seen = await this.look();
    for (const repository of new Set(seen.map(({ known }) => known.place.repository))) {
      const onIt = seen.filter(({ known }) => known.place.repository === repository);
      await this.decide(repository, onIt).catch((error) => this.fail(error, { repository }));
    }
    for (const { task, known } of seen) {
      await this.see(task, known).catch((error) => this.fail(error, { task_id: task.task_id }));
    }
    this.forget(seen);
  }

  /** The records of all that is known, and of those whom they wait for. */
  private async look(): Promise<Seen[]> {
    for (const { record } of [...this.known.values()]) {
      for (const { earlier } of waitedFor(record)) {
        const task = this.known.has(earlier) ? null : this.load(earlier);
        if (task) this.enter(task);
      }
    }
    const awaited = new Set(
      [...this.known.values()].flatMap(({ record }) => waitedFor(record).map((met) => met.earlier)),
    );
    const seen: Seen[] = [];
    for (const [taskId, known] of this.known) {
      const task = this.load(taskId);
      if (!task) {
        this.drop(taskId);
        continue;
      }
      const state = await stateOf(this.stateParts, task, known, awaited.has(taskId));
      if (state === null) continue;
      seen.push({
        task,
        known,
        contender: {
          task: taskId,
          worktree: known.place.worktree,
          startedAt: startOf(task),
          state,
          run: latestRun(task)?.n ?? 0,
          canPause: this.parts.agents.get(task.agent)?.canResume === true,
          files: this.watch.files(taskId),
        },
      });
    }
    return seen;
  }

  private async decide(repository: string, seen: readonly Seen[]): Promise<void> {
    const { ground } = this.parts;
    const passedOver = this.passedOver.get(repository);
    const isIgnored = matchFiles(ground.ignoredFiles());
    const steps = judgeConflicts({
      policy: ground.policyOf(repository),
      contenders: seen.map(({ contender }) => contender),
      pairs: seen.flatMap(({ contender, known }) => known.record.met.map((met) => pairOf(contender.task, met))),
      isIgnored: (file) => passedOver?.has(file) === true || isIgnored(file),
    });
    for (const step of steps) await this.does(step, repository);
  }

  private async does(step: ConflictStep, repository: string): Promise<void> {
    if (step.do === 'release') {
      const { task, how } = step;
      this.alone(task, (isLastTry) => releaseTask(this.parts, task, isLastTry ? 'plain' : how));
      return;
    }
    const { pair } = step;
    const known = this.known.get(pair.later);
    // Whoever is at it writes the record, too: what is due still is next time.
    if (!known || this.busy.has(pair.later)) return;
    if (step.do === 'close') return await this.note(known, pair);
    if (await this.parts.ground.isIgnoredFile(known.place, pair.file)) {
      const files = this.passedOver.get(repository) ?? new Set();
      this.passedOver.set(repository, files.add(pair.file));
      this.isStirred = true;
      return;
    }
    await this.note(known, pair);
    const { earlier, later, file } = pair;
    this.parts.log.info({ task_id: later, earlier, file, step: step.do }, 'two tasks changed the same file');
    if (step.do === 'hold' && step.pauses) await this.pause(later, known);
    if (step.do === 'warn') await this.warn(later, known, earlier);
  }

  /** Writes a pair down, before anything is done about it. */
  private async note(known: Known, pair: ConflictPair): Promise<void> {
    const { later, ...fields } = pair;
    const before = known.record.met.find(({ earlier }) => earlier === pair.earlier);
    const at = isoNow(this.parts.clock);
    const earlier_name = before?.earlier_name ?? this.load(pair.earlier)?.task_name ?? pair.earlier;
    const met = before
      ? known.record.met.map((each) => (each === before ? { ...each, over: pair.over } : each))
      : [...known.record.met, { ...fields, earlier_name, at }];
    const record = { ...known.record, met };
    await this.parts.records.save(later, record);
    known.record = record;
  }

  private async pause(taskId: string, { record }: Known): Promise<void> {
    const outcome = await pauseTask(this.parts, taskId, { reason: 'conflict', detail: whyHeld(waitedFor(record)) });
    this.parts.log.info({ task_id: taskId, outcome }, 'a task waits for another one that changed the same file');
  }

  private async warn(taskId: string, { record }: Known, earlier: string): Promise<void> {
    const [task, met] = [this.load(taskId), record.met.find((each) => each.earlier === earlier)];
    const entry = task && met && metEntry(task, met);
    if (entry) await this.parts.outbox.announce(entry, keyOf(entry.notification));
  }

  /** Goes on with what a worker before us, or a step that failed, left undone. */
  private async see(task: Task, known: Known): Promise<void> {
    const { task_id: taskId } = task;
    const run = latestRun(task)?.n ?? 0;
    const isMissing = task.status === 'running' && waitedFor(known.record).some((met) => met.run === run);
    if (isMissing && loadIntent(this.parts.files, this.parts.paths.run(taskId, run)) === null) {
      // Read anew: it may have come out since the round began.
      if (this.load(taskId)?.status === 'running') await this.pause(taskId, known);
    }
    const { question } = known.record;
    // An earlier worker may have died before it asked.
    if (question && (!known.hasAsked || isQuestionDue(this.parts, task, question))) {
      const isBegun = this.alone(taskId, (isLastTry) => tendQuestion(this.parts, taskId, isLastTry));
      known.hasAsked ||= isBegun;
    }
    if (isHeld(this.load(taskId) ?? task) || isMissing) this.waiting.add(taskId);
    else this.waiting.delete(taskId);
  }

  /**
   * Does something to a task that stands still, one thing at a time, beside the round. What goes wrong is tried again;
   * the last time with that said. Says whether it was begun.
   */
  private alone(taskId: string, work: (isLastTry: boolean) => Promise<void>): boolean {
    const { clock, queue, log, records } = this.parts;
    const task = this.load(taskId);
    const failed = this.failures.get(taskId);
    if (!task || this.busy.has(taskId) || (failed && clock.now() < failed.until)) return false;
    // What it started must be gone before anything moves under it, and so must who goes on in its worktree.
    if (isHeld(task) && queue.active().some((id) => this.load(id)?.worktree === task.worktree)) return false;
    const done = work((failed?.count ?? 0) >= maxFailures)
      .then(() => void this.failures.delete(taskId))
      .catch((error) => {
        const count = (failed?.count ?? 0) + 1;
        this.failures.set(taskId, { count, until: clock.now() + retryMs });
        log.error(
          { task_id: taskId, error: String(error?.stack ?? error) },
          'a task that waits could not be let go on',
        );
      })
      .finally(() => {
        this.busy.delete(taskId);
        const known = this.known.get(taskId);
        if (known) known.record = records.load(taskId);
        this.isStirred = true;
      });
    this.busy.set(taskId, { task, done });
    return true;
  }

  /** Tasks that have ended, or stand aside, are of interest only as long as somebody waits for them. */
  private forget(seen: readonly Seen[]): void {
    const awaited = new Set(
      [...this.known.values()].flatMap(({ record }) => waitedFor(record).map((met) => met.earlier)),
    );
    for (const { task, contender, known } of seen) {
      const isOut = ['ended', 'merged', 'aside'].includes(contender.state);
      if (isOut && !awaited.has(task.task_id) && known.record.question === null) this.drop(task.task_id);
    }
    const inUse = new Set([...this.known.values()].map(({ place }) => place.repository));
    for (const repository of this.passedOver.keys()) if (!inUse.has(repository)) this.passedOver.delete(repository);
  }

  private drop(taskId: string): void {
    this.known.delete(taskId);
    this.watch.forget(taskId);
    this.waiting.delete(taskId);
    this.failures.delete(taskId);
  }
}

export function createConflictKeeper(parts: ReleaseParts): ConflictKeeper {
  return new Keeper(parts);
}
