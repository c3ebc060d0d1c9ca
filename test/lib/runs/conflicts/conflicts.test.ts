// Who waits for whom when tasks change the same files: table tests for each rule, and random lives of many tasks.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConflictPair,
  type ConflictPolicy,
  type ConflictStep,
  type Contender,
  judgeConflicts,
} from '../../../../src/lib/runs/conflicts/conflicts.ts';

function aContender(task: string, startedAt: number, files: string[], change: Partial<Contender> = {}): Contender {
  return {
    task,
    worktree: `of ${task}`,
    startedAt,
    state: 'working',
    run: 1,
    canPause: true,
    files: new Set(files),
    ...change,
  };
}

const isIgnored = (file: string) => file.endsWith('.lock');

function judge(contenders: Contender[], pairs: ConflictPair[] = [], policy: ConflictPolicy = 'pause'): ConflictStep[] {
  return judgeConflicts({ policy, contenders, pairs, isIgnored });
}

const aPair: ConflictPair = { earlier: 'a', later: 'b', file: 'x', run: 1, over: null };
const [a, b] = [aContender('a', 1, ['x', 'w']), aContender('b', 2, ['y', 'x', 'w'])];

describe('two tasks that changed the same file', () => {
  it('make the later one wait, whatever order they are listed in', () => {
    const hold = { do: 'hold', pair: { ...aPair, file: 'w' }, pauses: true };
    expect(judge([a, b])).toEqual([hold]);
    expect(judge([b, a])).toEqual([hold]);
  });

  it('are told of where the policy, or the agent, does not let one wait', () => {
    const warn = { do: 'warn', pair: { ...aPair, file: 'w', over: 'warned' } };
    expect(judge([a, b], [], 'warn')).toEqual([warn]);
    expect(judge([a, { ...b, canPause: false }])).toEqual([warn]);
    expect(judge([a, b], [], 'ignore')).toEqual([]);
  });

  it('meet once', () => {
    expect(judge([a, b], [{ ...aPair, over: 'ended' }])).toEqual([]);
    expect(judge([a, b], [{ ...aPair, earlier: 'b', later: 'a', over: 'ended' }])).toEqual([]);
  });

  it('meet while the earlier one is being merged, not while the later one is', () => {
    expect(judge([{ ...a, state: 'ending' }, b]).map((step) => step.do)).toEqual(['hold']);
    expect(judge([a, { ...b, state: 'ending' }])).toEqual([]);
  });

  it('do not meet in a file that is ignored, in one worktree, or when one of them is over or paused by a person', () => {
    expect(judge([aContender('a', 1, ['p/a.lock']), aContender('b', 2, ['p/a.lock'])])).toEqual([]);
    expect(judge([a, { ...b, worktree: a.worktree }])).toEqual([]);
    for (const state of ['asking', 'aside', 'merged', 'ended'] as const) {
      expect(judge([{ ...a, state }, b])).toEqual([]);
      expect(judge([a, { ...b, state }])).toEqual([]);
    }
  });
});

describe('a task that waits', () => {
  const held = { ...b, state: 'held' } as const;

  it('waits as long as the earlier one goes on, held itself or not', () => {
    expect(judge([a, held], [aPair])).toEqual([]);
    expect(judge([{ ...a, state: 'ending' }, held], [aPair])).toEqual([]);
    expect(judge([{ ...a, state: 'held' }, held], [aPair]).filter((step) => step.do !== 'release')).toEqual([]);
  });

  it.each([
    ['merged', 'merged', 'rebase'],
    ['ended', 'ended', 'plain'],
    ['aside', 'aside', 'plain'],
    ['asking', 'aside', 'plain'],
  ] as const)('goes on when the earlier one is %s', (state, over, how) => {
    expect(judge([{ ...a, state }, held], [aPair])).toEqual([
      { do: 'close', pair: { ...aPair, over } },
      { do: 'release', task: 'b', how },
    ]);
  });

  it('goes on when nothing is known of the earlier one any more', () => {
    expect(judge([held], [aPair]).at(-1)).toEqual({ do: 'release', task: 'b', how: 'plain' });
  });

  it('does not wait for one that ended and was started anew since', () => {
    expect(judge([{ ...a, startedAt: 3 }, held], [aPair]).map((step) => step.do)).toEqual(['close', 'release']);
  });

  it('is let go where a person let it go on', () => {
    expect(judge([a, { ...held, state: 'working' }], [aPair])).toEqual([
      { do: 'close', pair: { ...aPair, over: 'let-go' } },
    ]);
  });

  it('waits for all whom it meets, and takes in what one of them had merged', () => {
    const third = aContender('c', 1.5, ['y']);
    expect(judge([{ ...a, state: 'merged' }, third, held], [aPair])).toEqual([
      { do: 'close', pair: { ...aPair, over: 'merged' } },
      { do: 'hold', pair: { earlier: 'c', later: 'b', file: 'y', run: 1, over: null }, pauses: false },
    ]);
    const pairs = [
      { ...aPair, over: 'merged' as const },
      { ...aPair, earlier: 'c', file: 'y' },
    ];
    expect(judge([{ ...third, state: 'ended' }, held], pairs).at(-1)).toEqual({
      do: 'release',
      task: 'b',
      how: 'rebase',
    });
  });

  it('does not take in once more what it took in at an earlier time', () => {
    const pairs = [
      { ...aPair, over: 'merged' as const },
      { ...aPair, earlier: 'c', file: 'y', run: 2 },
    ];
    expect(judge([{ ...held, run: 2 }], pairs).at(-1)).toEqual({ do: 'release', task: 'b', how: 'plain' });
  });
});

/** Something that happens to one of the tasks. */
type Happening =
  | { type: 'starts'; task: number }
  | { type: 'changes'; task: number; file: string }
  | { type: 'ends'; task: number; how: 'merged' | 'ended' }
  | { type: 'pauses' | 'resumes' | 'asks' | 'retries'; task: number };

const taskCount = 7;
const aTask = fc.nat({ max: taskCount - 1 });
const aFile = fc.constantFrom('a', 'b', 'c', 'd.lock');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('starts' as const), task: aTask }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('changes' as const), task: aTask, file: aFile }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('ends' as const),
      task: aTask,
      how: fc.constantFrom('merged' as const, 'ended' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('pauses' as const, 'resumes' as const, 'asks' as const, 'retries' as const),
      task: aTask,
    }),
  },
);

/** A small world: what happens changes the tasks, and what is decided is done at once. */
class World {
  readonly tasks = new Map<number, Contender>();
  pairs: ConflictPair[] = [];
  readonly paused = new Map<string, number>();
  now = 0;

  get contenders(): Contender[] {
    return [...this.tasks.values()];
  }

  happens(event: Happening): void {
    this.now++;
    const task = this.tasks.get(event.task);
    const set = (change: Partial<Contender>) => task && this.tasks.set(event.task, { ...task, ...change });
    switch (event.type) {
      case 'starts':
        // Two share a worktree each: 0 and 1, 2 and 3, …
        if (!task)
          this.tasks.set(
            event.task,
            aContender(`t${event.task}`, this.now, [], {
              worktree: `w${Math.floor(event.task / 2)}`,
              canPause: event.task !== 5,
            }),
          );
        break;
      case 'changes':
        if (task?.state === 'working') set({ files: new Set([...task.files, event.file]) });
        break;
      case 'ends':
        if (task?.state === 'working') set({ state: event.how });
        break;
      case 'pauses':
        if (task?.state === 'working' || task?.state === 'held') set({ state: 'aside' });
        break;
      case 'asks':
        if (task?.state === 'held') set({ state: 'asking' });
        break;
      case 'resumes':
        if (task && ['aside', 'asking', 'held'].includes(task.state)) set({ state: 'working', run: task.run + 1 });
        break;
      case 'retries':
        if (task && ['merged', 'ended'].includes(task.state))
          set({ state: 'working', run: task.run + 1, startedAt: this.now });
        break;
    }
    this.decide();
  }

  decide(): void {
    const view = () => ({ policy: 'pause' as const, contenders: this.contenders, pairs: this.pairs, isIgnored });
    const steps = judgeConflicts(view());
    expect(judgeConflicts({ ...view(), contenders: this.contenders.reverse() })).toEqual(steps);
    for (const step of steps) this.does(step);
    expect(judgeConflicts(view())).toEqual([]);
  }

  does(step: ConflictStep): void {
    if (step.do === 'release') {
      this.become(step.task, 'working', 1);
      return;
    }
    const { pair } = step;
    const isSame = (other: ConflictPair) => other.earlier === pair.earlier && other.later === pair.later;
    this.pairs = [...this.pairs.filter((other) => !isSame(other)), pair];
    if (step.do === 'close') return;
    expect(isIgnored(pair.file)).toBe(false);
    const name = [pair.earlier, pair.later].sort().join();
    this.paused.set(name, (this.paused.get(name) ?? 0) + 1);
    if (step.do === 'hold' && step.pauses) this.become(pair.later, 'held', 0);
  }

  become(id: string, state: Contender['state'], runs: number): void {
    const number = Number(id.slice(1));
    const task = this.tasks.get(number) as Contender;
    this.tasks.set(number, { ...task, state, run: task.run + runs });
  }

  check(): void {
    const open = this.contenders
      .filter(({ state }) => state === 'working' || state === 'held')
      .sort((one, other) => one.startedAt - other.startedAt);
    expect(open[0]?.state ?? 'working').toBe('working');
    const startOf = (id: string) => this.contenders.find(({ task }) => task === id)?.startedAt as number;
    for (const { earlier, later, over } of this.pairs) {
      if (over !== null) continue;
      // Waiting leads to an earlier start each time: there is no way round in a circle.
      expect(startOf(earlier)).toBeLessThan(startOf(later));
      expect(open.map(({ task }) => task)).toEqual(expect.arrayContaining([earlier, later]));
    }
    for (const { task, state } of open) {
      if (state !== 'held') continue;
      expect(this.pairs.some(({ later, over }) => later === task && over === null)).toBe(true);
      expect(task).not.toBe('t5');
    }
    for (const times of this.paused.values()) expect(times).toBe(1);
    for (const { earlier, later } of this.pairs) {
      const [one, other] = [earlier, later].map((id) => this.contenders.find(({ task }) => task === id)?.worktree);
      expect(one).not.toBe(other);
    }
  }
}

describe('many tasks, whatever happens to them', () => {
  it('never all wait: the first goes on, a pair waits once, and no two wait for each other', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (events) => {
        const world = new World();
        for (const event of events) {
          world.happens(event);
          world.check();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('all go on after at most as many ends as there are tasks', () => {
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 60 }),
        fc.constantFrom('merged' as const, 'ended' as const),
        (events, how) => {
          const world = new World();
          for (const event of events) world.happens(event);
          const isOpen = ({ state }: Contender) => state === 'working' || state === 'held';
          for (let ends = 0; world.contenders.some(isOpen); ends++) {
            expect(ends).toBeLessThan(taskCount);
            const working = [...world.tasks].find(([, { state }]) => state === 'working');
            expect(working).toBeDefined();
            world.happens({ type: 'ends', task: working?.[0] ?? -1, how });
            world.check();
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
