// Limits of the machine, reached for real where that is possible without harming it.
import { describe, expect, it } from '@jest/globals';
import { openReceiver } from '@troupe/core/transport';
import { SystemError } from '@troupe/posix';
import { constants } from 'node:os';
import { unixTransport } from '../src/index.ts';
import { receiveFailure, sendFailure } from '../src/lane-failure.ts';

function refusal(code: keyof typeof constants.errno): SystemError {
  return new SystemError({ code, errno: constants.errno[code], syscall: 'open', path: '/run/x' });
}

describe('what the kernel refuses', () => {
  it('is a limit when the path is too long for a socket, with the path and the limit', async () => {
    const directory = `/tmp/${'long/'.repeat(30)}`;
    await expect(
      openReceiver(unixTransport(), {
        peer: 'a',
        directory,
        lane: 'lane',
        onFrame: () => {},
        onEnd: () => {},
      }),
    ).rejects.toMatchObject({
      code: 'TROUPE_LIMIT',
      message: expect.stringMatching(/long\/long.*107 bytes.*TROUPE_RUNTIME_DIR/),
    });
  });

  it.each([
    ['EMFILE', 'RLIMIT_NOFILE', 'ulimit -n'],
    ['ENFILE', 'fs.file-max', 'sysctl -w'],
    ['ENOSPC', 'file system', 'file system is full'],
    ['EDQUOT', 'disk quota', 'quota'],
    ['ENOMEM', 'memory', 'control group'],
  ] as const)('is a limit when it says %s, with its name, the path and a way out', (code, limit, wayOut) => {
    for (const error of [
      receiveFailure(refusal(code), 'fifo lane x', '/run/x'),
      sendFailure(refusal(code), 'x', '/run/x'),
    ]) {
      expect(error).toMatchObject({ code: 'TROUPE_LIMIT', details: { limit, path: '/run/x' } });
      expect(String(error)).toContain(wayOut);
      expect(String(error)).toContain('/run/x');
    }
  });

  it.each(['ENOENT', 'ENXIO', 'ECONNREFUSED', 'EAGAIN'] as const)(
    'means nobody receives when it says %s',
    (code) => {
      expect(sendFailure(refusal(code), 'x', '/run/x')).toMatchObject({ code: 'TROUPE_NO_LISTENER' });
    },
  );

  it('leaves an error it does not know as it is', () => {
    const odd = refusal('EIO');
    expect(sendFailure(odd, 'x', '/run/x')).toBe(odd);
    const bug = new TypeError('a bug');
    expect(receiveFailure(bug, 'x', '/run/x')).toBe(bug);
  });
});
