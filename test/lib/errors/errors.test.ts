// Errors carry an exit code and what to type next; the file system's own errors get both where we know what helps.

import { describe, expect, it } from 'vitest';
import {
  CcdispatchError,
  type ErrorCode,
  exitCodes,
  explainSystemError,
  fail,
  isDiskFull,
  systemCode,
} from '../../../src/lib/errors/errors.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: no luck`), { code });

describe('fail', () => {
  it.each(Object.entries(exitCodes))('%s ends a program with %i', (code, exitCode) => {
    const act = () => fail(code as ErrorCode, 'It happened.', 'Type this.', { cause: 'because' });
    expect(act).toThrow(CcdispatchError);
    expect(act).toThrow(
      expect.objectContaining({ code, exitCode, message: 'It happened.', hint: 'Type this.', cause: 'because' }),
    );
  });

  it('gives each kind an exit code of its own', () => {
    expect(exitCodes).toEqual({
      failed: 1,
      usage: 2,
      config: 3,
      'not-allowed': 4,
      'not-found': 5,
      busy: 6,
      limited: 7,
      pending: 8,
      interrupted: 130,
    });
  });
});

describe('systemCode', () => {
  it.each([
    [systemError('ENOENT'), 'ENOENT'],
    [{ code: 5 }, undefined],
    [new Error('plain'), undefined],
    ['text', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('of %s is %s', (error, code) => expect(systemCode(error)).toBe(code));
});

describe('a full disk', () => {
  it.each(['ENOSPC', 'EDQUOT'])('is known by %s', (code) => {
    expect(isDiskFull(systemError(code))).toBe(true);
    expect(explainSystemError(systemError(code), '/home/x')).toMatchObject({
      code: 'failed',
      message: 'The disk that holds /home/x is full.',
      hint: expect.stringContaining('ccdispatch cleanup'),
    });
  });

  it('is not every error', () => expect(isDiskFull(systemError('EIO'))).toBe(false));
});

describe('explainSystemError', () => {
  it.each(['EACCES', 'EPERM', 'EROFS'])('says of %s what may be done', (code) => {
    const cause = systemError(code);
    expect(explainSystemError(cause, '/home/x')).toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('/home/x'),
      hint: expect.stringContaining('CCDISPATCH_HOME'),
      cause,
    });
  });

  it('says where a file stands in the way of a folder', () => {
    expect(explainSystemError(systemError('ENOTDIR'), '/home/x/y')).toMatchObject({
      code: 'config',
      message: expect.stringContaining('/home/x/y'),
      hint: expect.stringContaining('CCDISPATCH_HOME'),
    });
  });

  it.each([
    ['ours', new CcdispatchError('busy', 'Busy.', 'Wait.')],
    ['unknown ones', systemError('EIO')],
    ['what is no error', 'text'],
  ])('leaves %s alone', (_kind, error) => expect(explainSystemError(error, '/home/x')).toBe(error));
});
