// What a person reads when a command fails: what happened and what to type next; the inside only on request.

import { describe, expect, it } from 'vitest';
import { CcdispatchError } from '../../../src/lib/errors/errors.ts';
import { renderError } from '../../../src/lib/errors/render-error.ts';

const cause = Object.assign(new Error('the inner one'), { stack: 'Error: the inner one\n    at somewhere' });

describe('an error of ours', () => {
  const error = new CcdispatchError('not-found', 'There is no task x.', 'See the tasks with: ccdispatch tasks list', {
    cause,
  });

  it('is a sentence and a hint', () => {
    expect(renderError(error, false)).toEqual({
      text: 'ccdispatch: There is no task x.\n  See the tasks with: ccdispatch tasks list\n',
      exitCode: 5,
    });
  });

  it('shows its cause when asked for', () => {
    const { text } = renderError(error, true);
    expect(text).toBe(
      'ccdispatch: There is no task x.\n  See the tasks with: ccdispatch tasks list\nError: the inner one\n    at somewhere\n',
    );
    const odd = new CcdispatchError('failed', 'It failed.', 'Look.', { cause: 'a word' });
    expect(renderError(odd, true).text).toContain('\na word\n');
  });
});

describe('an unknown error', () => {
  it('is called a bug, without its stack', () => {
    expect(renderError(cause, false)).toEqual({
      text: 'ccdispatch: a bug of ours: the inner one\n  Run it again with --verbose, and report what it prints.\n',
      exitCode: 1,
    });
  });

  it('shows its stack when asked for', () => expect(renderError(cause, true).text).toContain('at somewhere'));

  it.each(['a text', 7, null, undefined])('may be anything that is thrown: %s', (thrown) => {
    expect(renderError(thrown, true).text).toContain(`a bug of ours: ${thrown}\n`);
  });
});
