// Takes figures of several contenders in turn, A B A B within one run, and compares their medians: a busy machine is busy for all.

/** Somebody whose figure is taken, once in each round. */
export interface Contender {
  name: string;
  /** Gives one figure, in the unit of its topic; what must be prepared for it happens here too, and is not counted. */
  take(): Promise<number>;
}

/** Two contenders compared. */
export interface Line {
  /** For `--json`. */
  name: string;
  what: string;
  /** Names of contenders; the ratio is A through B. */
  a: string;
  b: string;
  /** The ratio that is aimed at, at most; null where the figure is only told. */
  aim: number | null;
  /** What a reader must know about the figure. */
  note?: string;
}

/** Contenders that share a scene. */
export interface Scene {
  contenders: Contender[];
  lines: Line[];
  /** What could not be measured here, and why. */
  missing?: string[];
  close(): Promise<void>;
}

export interface Topic {
  /** For `--only`. */
  name: string;
  unit: 'ms' | 'MB' | 'min';
  /** Rounds, and rounds with `--quick`. */
  rounds: number;
  quickRounds: number;
  open(): Promise<Scene>;
}

/** One line with its figures. */
export interface Measured extends Line {
  unit: Topic['unit'];
  rounds: number;
  medianA: number;
  medianB: number;
  ratio: number;
  isMet: boolean | null;
  samples: { a: number[]; b: number[] };
}

/** The middle of the values; of an even number the mean of both. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** All contenders in turn, round by round; the first round only warms up and is dropped. */
async function takeRounds(contenders: readonly Contender[], rounds: number): Promise<Map<string, number[]>> {
  const samples = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, take } of contenders) {
      const figure = await take();
      if (round > 0) samples.get(name)?.push(figure);
    }
  }
  return samples;
}

function compare(line: Line, samples: Map<string, number[]>, unit: Topic['unit']): Measured {
  const [a = [], b = []] = [samples.get(line.a), samples.get(line.b)];
  const [medianA, medianB] = [median(a), median(b)];
  const ratio = medianA / medianB;
  return {
    ...line,
    unit,
    rounds: a.length,
    medianA,
    medianB,
    ratio,
    isMet: line.aim === null ? null : ratio <= line.aim,
    samples: { a, b },
  };
}

/** Takes the figures of all contenders of a scene and compares them line by line. */
export async function measureScene(
  { contenders, lines }: Scene,
  unit: Topic['unit'],
  rounds: number,
): Promise<Measured[]> {
  const samples = await takeRounds(contenders, rounds);
  return lines.map((line) => compare(line, samples, unit));
}
