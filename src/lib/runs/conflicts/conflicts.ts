/** Which of several tasks on one repository waits for which: one pure decision over what each of them has changed. */

/** What is done when two tasks change the same file: the later one waits, it is only said, or nothing is. */
export type ConflictPolicy = 'pause' | 'warn' | 'ignore';

/** A task that has started and works on the repository. */
export interface Contender {
  task: string;
  /** Tasks of one worktree do not meet: they work in it one after the other. */
  worktree: string;
  /** When it was first started since it was asked for, in milliseconds since 1970; a pause changes nothing about it. */
  startedAt: number;
  /**
   * `working`: it runs, or waits to run on. `ending`: it came out, and its work is being put where it belongs. `held`: it waits for an earlier one. `asking`: it waited, and now for a person's
   * word. `aside`: it is paused for a reason of its own. `merged`, `ended`: it is over, with its work in the base or not.
   */
  state: 'working' | 'ending' | 'held' | 'asking' | 'aside' | 'merged' | 'ended';
  /** Its latest run. */
  run: number;
  /** Whether its agent could go on after a pause; where it cannot, people are warned instead. */
  canPause: boolean;
  /** What it has changed since its base, relative to the repository: also what it deleted, and both names of what it moved. */
  files: ReadonlySet<string>;
}

/** How a pair came to its end. `let-go`: the later one went on, or ended, without it. `warned`: it never waited. */
export type PairEnd = 'merged' | 'ended' | 'aside' | 'let-go' | 'warned';

/** Two tasks that changed the same file. There is one pair of them at most, for good: they meet once. */
export interface ConflictPair {
  earlier: string;
  later: string;
  /** The file by which they were seen to meet. */
  file: string;
  /** The later one's run that it interrupted. */
  run: number;
  /** Null while the later one waits for the earlier one. */
  over: PairEnd | null;
}

export interface ConflictView {
  policy: ConflictPolicy;
  contenders: readonly Contender[];
  pairs: readonly ConflictPair[];
  /** Files that two tasks may change without being a conflict. */
  isIgnored(file: string): boolean;
}

export type ConflictStep =
  /** The pair begins; `pauses` where the later one is at work, and to be paused. */
  | { do: 'hold'; pair: ConflictPair; pauses: boolean }
  /** The pair begins and ends with a word to people. */
  | { do: 'warn'; pair: ConflictPair }
  /** The pair is over. */
  | { do: 'close'; pair: ConflictPair }
  /** The task waits for nobody any more: what was merged meanwhile is put under its work, or it just goes on. */
  | { do: 'release'; task: string; how: 'rebase' | 'plain' };

/** The order in which tasks started: whoever comes later waits. */
function byStart(a: Contender, b: Contender): number {
  return a.startedAt - b.startedAt || (a.task < b.task ? -1 : Number(a.task > b.task));
}

const isOpen = ({ state }: Contender) => state === 'working' || state === 'held' || state === 'ending';

/** How a pair that waits ends now; null where it goes on. */
function endOf(pair: ConflictPair, contenders: ReadonlyMap<string, Contender>): PairEnd | null {
  const [earlier, later] = [contenders.get(pair.earlier), contenders.get(pair.later)];
  if (later?.state !== 'held') return 'let-go';
  // It ended, and was started anew.
  if (earlier && byStart(later, earlier) < 0) return 'ended';
  switch (earlier?.state) {
    case 'working':
    case 'ending':
    case 'held':
      return null;
    case 'merged':
      return 'merged';
    case 'asking':
    case 'aside':
      return 'aside';
    default:
      return 'ended';
  }
}

/** The first file, by name, that both have changed. */
function sharedFile(a: Contender, b: Contender, isIgnored: ConflictView['isIgnored']): string | null {
  const [few, many] = a.files.size < b.files.size ? [a.files, b.files] : [b.files, a.files];
  let first: string | null = null;
  for (const file of few) {
    if ((first === null || file < first) && many.has(file) && !isIgnored(file)) first = file;
  }
  return first;
}

/** Names a pair whichever of the two comes first: one that is started anew may have become the later one. */
const nameOf = (a: string, b: string) => (a < b ? `${a} ${b}` : `${b} ${a}`);

function meetings({ policy, isIgnored }: ConflictView, order: readonly Contender[], met: Set<string>): ConflictStep[] {
  if (policy === 'ignore') return [];
  const steps: ConflictStep[] = [];
  order.forEach((later, place) => {
    if (later.state === 'ending') return;
    let isHeld = later.state === 'held';
    for (const earlier of order.slice(0, place)) {
      if (earlier.worktree === later.worktree || met.has(nameOf(earlier.task, later.task))) continue;
      const file = sharedFile(earlier, later, isIgnored);
      if (file === null) continue;
      const pair = { earlier: earlier.task, later: later.task, file, run: later.run };
      if (policy === 'pause' && later.canPause) {
        steps.push({ do: 'hold', pair: { ...pair, over: null }, pauses: !isHeld });
        isHeld = true;
      } else {
        steps.push({ do: 'warn', pair: { ...pair, over: 'warned' } });
      }
    }
  });
  return steps;
}

/**
 * What is to be done now. Asked again after it was done, it gives nothing more; the same view gives the same steps, whoever
 * asks. A task waits only for such as started before it and go on by themselves, so that the first of all is never paused,
 * and no two wait for each other.
 */
export function judgeConflicts(view: ConflictView): ConflictStep[] {
  const contenders = new Map(view.contenders.map((each) => [each.task, each]));
  const pairs = view.pairs.map((pair): ConflictPair => {
    const over = pair.over ?? endOf(pair, contenders);
    return over === pair.over ? pair : { ...pair, over };
  });
  const closed = pairs.filter((pair, index) => pair !== view.pairs[index]);
  const order = view.contenders.filter(isOpen).sort(byStart);
  const met = new Set(pairs.map(({ earlier, later }) => nameOf(earlier, later)));
  const begun = meetings(view, order, met);
  const waiting = new Set(
    [...pairs, ...begun.flatMap((step) => (step.do === 'hold' ? step.pair : []))].flatMap(({ later, over }) =>
      over === null ? later : [],
    ),
  );
  const released = order
    .filter(({ task, state }) => state === 'held' && !waiting.has(task))
    .map(({ task, run }): ConflictStep => {
      const isMerged = pairs.some((pair) => pair.later === task && pair.run === run && pair.over === 'merged');
      return { do: 'release', task, how: isMerged ? 'rebase' : 'plain' };
    });
  return [...closed.map((pair): ConflictStep => ({ do: 'close', pair })), ...begun, ...released];
}
