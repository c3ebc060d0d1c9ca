// Figures are taken in turn and compared by their medians; the warm-up does not count.

import { expect, it } from 'vitest';
import { measureScene, median, type Scene } from '../../bench/measure.ts';

it.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 100], 3.5],
])('the median of %j is %d', (values, middle) => {
  expect(median(values)).toBe(middle);
  expect(median([])).toBeNaN();
});

it('takes A and B in turn, leaves the first round out, and judges the ratio by its aim', async () => {
  const order: string[] = [];
  const contender = (name: string, ...figures: number[]) => ({
    name,
    async take() {
      order.push(name);
      return figures.shift() as number;
    },
  });
  const scene: Scene = {
    contenders: [contender('ours', 1000, 10, 12, 11), contender('theirs', 1, 10, 10, 40)],
    lines: [
      { name: 'one', what: 'one', a: 'ours', b: 'theirs', aim: 1.15 },
      { name: 'two', what: 'two', a: 'ours', b: 'theirs', aim: 1 },
      { name: 'three', what: 'three', a: 'theirs', b: 'ours', aim: null },
    ],
    close: async () => {},
  };
  const measured = await measureScene(scene, 'ms', 3);
  expect(order).toEqual(['ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs', 'ours', 'theirs']);
  expect(measured.map(({ medianA, medianB, isMet }) => [medianA, medianB, isMet])).toEqual([
    [11, 10, true],
    [11, 10, false],
    [10, 11, null],
  ]);
  expect(measured[0]).toMatchObject({ ratio: 1.1, rounds: 3, samples: { a: [10, 12, 11], b: [10, 10, 40] } });
});
