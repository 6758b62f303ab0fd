// The error of this package: what it says, and that it is known across builds.
import { describe, expect, it } from '@jest/globals';
import { openSync } from 'node:fs';
import { SystemError, fromNodeError, isSystemError } from '../src/system-error.ts';

const brokenPipe = { code: 'EPIPE', errno: 32, syscall: 'write', subject: 'descriptor 7' };

describe('SystemError', () => {
  it('names the call, its subject and the reason', () => {
    expect(new SystemError(brokenPipe).message).toBe('write of descriptor 7 failed: broken pipe (EPIPE)');
    expect(
      new SystemError({ code: 'EPERM', errno: 1, syscall: 'open', path: '/x', reason: 'a stranger' }).message,
    ).toBe('open of /x failed: a stranger (EPERM)');
    expect(new SystemError({ code: 'ENOSYS', errno: 38, syscall: 'pipe2' }).message).toMatch(
      /^pipe2 failed: .+ \(ENOSYS\)$/,
    );
  });

  it('carries the facts as properties, and a path only when there is one', () => {
    const error = new SystemError({ code: 'ENOENT', errno: 2, syscall: 'connect', path: '/nowhere' });
    expect(error).toMatchObject({
      name: 'SystemError',
      code: 'ENOENT',
      errno: 2,
      syscall: 'connect',
      path: '/nowhere',
    });
    expect('path' in new SystemError(brokenPipe)).toBe(false);
  });

  it('is recognised by its brand, not by its class', () => {
    const error = new SystemError(brokenPipe);
    const ofAnotherBuild = { [Symbol.for('troupe.system-error')]: true, code: 'EPIPE' };
    expect(isSystemError(error)).toBe(true);
    expect(isSystemError(error, 'EPIPE')).toBe(true);
    expect(isSystemError(error, 'EBADF')).toBe(false);
    expect(isSystemError(ofAnotherBuild, 'EPIPE')).toBe(true);
    for (const other of [new Error('x'), { code: 'EPIPE' }, null, undefined, 'EPIPE'])
      expect(isSystemError(other)).toBe(false);
  });
});

describe('fromNodeError', () => {
  it('turns an error of node:fs into one of this package', () => {
    const error = thrownBy(() => openSync('/nowhere/at/all', 'r'));
    expect(fromNodeError(error, { path: '/nowhere/at/all' })).toMatchObject({
      code: 'ENOENT',
      errno: 2,
      syscall: 'open',
      path: '/nowhere/at/all',
    });
  });

  it('leaves every other value as it is', () => {
    const error = new TypeError('a mistake');
    expect(fromNodeError(error, {})).toBe(error);
    expect(fromNodeError('text', {})).toBe('text');
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}
