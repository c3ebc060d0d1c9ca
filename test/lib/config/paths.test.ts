// Every path of a home is spelt in one place, and none is ever built from a text that is no id.

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { homeFolder, pathsOf } from '../../../src/lib/config/paths.ts';

describe('the home', () => {
  it.each([
    [{ CCDISPATCH_HOME: '/data/cc', HOME: '/home/x' }, '/data/cc'],
    [{ CCDISPATCH_HOME: '/data/../data/cc/', HOME: '/home/x' }, '/data/cc'],
    [{ HOME: '/home/x' }, '/home/x/.ccdispatch'],
    [{ CCDISPATCH_HOME: '', HOME: '/home/x' }, '/home/x/.ccdispatch'],
    [{ CCDISPATCH_HOME: 'relative' }, join(process.cwd(), 'relative')],
  ])('of %j is %s', (env, home) => expect(homeFolder(env)).toBe(home));

  it('is found without HOME', () => expect(homeFolder({})).toMatch(/^\/.*\/\.ccdispatch$/));
});

describe('paths', () => {
  const paths = pathsOf('/h');

  it('of a task lie below its chat', () => {
    expect(paths.task('task--100-5')).toBe('/h/tasks/-100/task--100-5');
    expect(paths.record('task--100-5')).toBe('/h/tasks/-100/task--100-5/task-meta.json');
    expect(paths.output('task--100-5')).toBe('/h/tasks/-100/task--100-5/task-output.txt');
    expect(paths.run('task-local-5', 2)).toBe('/h/tasks/local/task-local-5/runs/2');
    expect(paths.workspace('local', 'task-local-5')).toBe('/h/workspaces/local/task-local-5');
  });

  it('are never built from anything else', () => {
    const foreign = fc.oneof(fc.string(), fc.constantFrom('task-../../etc-1', 'task-1-1/../../x', '..', 'task-1-1\n'));
    fc.assert(
      fc.property(foreign, (text) => {
        expect(() => paths.task(text)).toThrow(expect.objectContaining({ code: 'usage' }));
      }),
    );
  });
});
