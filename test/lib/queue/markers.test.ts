// Names of markers: all that is fixed about a waiting task, read back from a file's name alone.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Marker, parseMarker, renderMarker } from '../../../src/lib/queue/markers.ts';

const marker: Marker = {
  priority: 5,
  queuedAt: 1763600000000,
  user: '77',
  taskId: 'task--1001234567890-1763600000000',
};

describe('a marker', () => {
  it('says priority, time, user and task', () => {
    expect(renderMarker(marker)).toBe('5~1763600000000~77~task--1001234567890-1763600000000');
  });

  it('is read as it was written, negative chat ids included', () => {
    const any: fc.Arbitrary<Marker> = fc.record({
      priority: fc.integer({ min: 0, max: 9 }),
      queuedAt: fc.integer({ min: 0, max: 9_999_999_999_999 }),
      user: fc.oneof(fc.constant('local'), fc.stringMatching(/^-?\d{1,15}$/)),
      taskId: fc.stringMatching(/^task-(local|-?\d{1,14})-[1-9]\d{0,13}$/),
    });
    fc.assert(
      fc.property(any, (one) => {
        expect(parseMarker(renderMarker(one))).toEqual(one);
      }),
    );
  });

  it('becomes a file name whatever the user is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (user) => {
        const name = renderMarker({ ...marker, user });
        expect(name).toMatch(/^[A-Za-z0-9~_-]+$/);
        expect(parseMarker(name)).toMatchObject({ taskId: marker.taskId, priority: 5 });
      }),
    );
    expect(parseMarker(renderMarker({ ...marker, user: '' }))).toMatchObject({ user: 'local' });
    expect(parseMarker(renderMarker({ ...marker, user: '../a~b' }))).toMatchObject({ user: '___a_b' });
  });
});

describe('a foreign file', () => {
  it.each([
    '',
    'notes.txt',
    '.tmp-77-0-5~1763600000000~77~task-local-1',
    '5~1763600000000~77',
    '5~1763600000000~77~task-local-1~more',
    '5~1763600000000~~task-local-1',
    '5~1763600000000~77~task-local',
    '5~1763600000000~77~../../etc',
    '10~1763600000000~77~task-local-1',
    '-1~1763600000000~77~task-local-1',
    '5~soon~77~task-local-1',
    '~1~77~task-local-1',
    '5~1763600000000~77~task-local-1.broken',
  ])('is no marker: %j', (name) => expect(parseMarker(name)).toBe(null));
});
