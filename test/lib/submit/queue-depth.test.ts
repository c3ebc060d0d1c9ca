// So many tasks of a chat may wait: one more is refused, and of several that come at once the right ones.

import { expect, it } from 'vitest';
import type { Marker } from '../../../src/lib/queue/markers.ts';
import { QueueFullError, queueFullBy } from '../../../src/lib/submit/queue-depth.ts';

const marker = (taskId: string): Marker => ({ priority: 5, queuedAt: 1, user: '5', taskId });
const ids = (chat: string, ...numbers: number[]) => numbers.map((n) => marker(`task-${chat}-${n}`));
const ask = (own: Marker[], others: Marker[], queueDepth: number | null) =>
  queueFullBy(own, { queue: { waiting: () => [...others, ...own] }, settings: { limits: { queueDepth } } });

it('lets as many wait as may, and no more', () => {
  const others = [...ids('5', 1, 2), ...ids('6', 1, 2, 3, 4), ...ids('local', 5)];
  expect(ask(ids('5', 10), others, null)).toBe(null);
  expect(ask(ids('5', 10), others, 3)).toBe(null);
  expect(ask(ids('5', 10), others, 2)).toMatchObject({ code: 'limited', exitCode: 7, waiting: 2, limit: 2 });
  expect(ask(ids('5', 10, 11), others, 3)).toBeInstanceOf(QueueFullError);
  expect(ask([...ids('7', 10), ...ids('6', 11)], others, 4)?.message).toContain(
    '4 tasks of chat 6 wait already; 4 may',
  );
  expect(ask(ids('local', 10), others, 1)?.message).toContain('1 task without a chat waits already; 1 may');
  expect(ask([], others, 1)).toBe(null);
});

it('counts who was made before, so that of many at once as many stay as may', () => {
  const all = ids('5', 1, 2, 3, 4, 5);
  const kept = all.filter(
    (own) =>
      ask(
        [own],
        all.filter((other) => other !== own),
        3,
      ) === null,
  );
  expect(kept).toEqual(ids('5', 1, 2, 3));
});
