// Names in /dev/shm: whose they are, what else may stand there, and that they go.
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createFifo } from '../src/fifo.ts';
import {
  createPosixSegment,
  openPosixSegment,
  unlinkPosixSegment,
  type PosixSegment,
} from '../src/posix-segment.ts';
import { currentUid } from '../src/user.ts';

const BYTES = 8192;

const paths = new Set<string>();

afterEach(() => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  paths.clear();
});

describe('createPosixSegment', () => {
  it('makes a file only its owner may use, with all of its room reserved, whatever the umask', () => {
    const { name, path } = unused();
    const umask = process.umask(0);
    let segment: PosixSegment;
    try {
      segment = createPosixSegment(name, BYTES);
    } finally {
      process.umask(umask);
    }
    const { mode, size, blocks } = statSync(path);
    expect([mode & 0o777, size, blocks * 512]).toEqual([0o600, BYTES, BYTES]);
    segment.withdraw();
    expect(existsSync(path)).toBe(false);
    segment.close();
  });

  it('takes its name away when it is closed, and no name that another has taken since', () => {
    const { name, path } = unused();
    const first = createPosixSegment(name, BYTES);
    first.withdraw();
    const second = createPosixSegment(name, BYTES);
    first.close();
    expect(existsSync(path)).toBe(true);
    second.close();
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a name at which anything stands, and leaves that alone', () => {
    const { name, path } = unused();
    symlinkSync('/etc/passwd', path);
    expect(() => createPosixSegment(name, BYTES)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    rmSync(path);
    writeFileSync(path, 'mine');
    expect(() => createPosixSegment(name, BYTES)).toThrow(
      expect.objectContaining({ code: 'EEXIST', path: name }),
    );
    expect(statSync(path).size).toBe(4);
  });

  it.each(['', '/', 'name', '/a/b', '/..', '/a\0b', `/${'x'.repeat(255)}`])(
    'refuses %j as a name',
    (name) => {
      for (const call of [createPosixSegment, openPosixSegment]) {
        expect(() => call(name, BYTES)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
      }
      expect(() => unlinkPosixSegment(name)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    },
  );
});

describe('openPosixSegment', () => {
  it('refuses what others may use, what was cut short and what is a link', () => {
    const { name, path } = unused();
    const segment = createPosixSegment(name, BYTES);
    chmodSync(path, 0o640);
    expect(() => openPosixSegment(name, BYTES)).toThrow(refusal('EPERM', 'mode 0640'));
    chmodSync(path, 0o600);
    truncateSync(path, 4096);
    expect(() => openPosixSegment(name, BYTES)).toThrow(refusal('EINVAL', '4096 bytes'));
    segment.withdraw();
    segment.close();
    symlinkSync('/etc/passwd', path);
    expect(() => openPosixSegment(name, BYTES)).toThrow(refusal('EPERM', name));
  });

  it('refuses what is no file, without waiting for anybody', () => {
    const fifo = unused();
    createFifo(fifo.path);
    expect(() => openPosixSegment(fifo.name, BYTES)).toThrow(refusal('EPERM', 'no file'));
    const directory = unused();
    mkdirSync(directory.path);
    // The kernel says EISDIR; glibc makes EINVAL of it.
    expect(() => openPosixSegment(directory.name, BYTES)).toThrow(refusal('EPERM', directory.name));
  });

  it('refuses what another user made', () => {
    const { name, path } = unused();
    const segment = createPosixSegment(name, BYTES);
    // Only root can give a file away, so only root sees it refused for that.
    if (currentUid() === 0) {
      chownSync(path, 65_534, 65_534);
      expect(() => openPosixSegment(name, BYTES)).toThrow(refusal('EPERM', 'user 65534'));
    } else {
      openPosixSegment(name, BYTES).close();
    }
    segment.close();
  });

  it('throws ENOENT where there is nothing', () => {
    expect(() => openPosixSegment(unused().name, BYTES)).toThrow(refusal('ENOENT', 'shm_open'));
  });
});

describe('unlinkPosixSegment', () => {
  it('says whether there was such a name', () => {
    const { name } = unused();
    const segment = createPosixSegment(name, BYTES);
    expect(unlinkPosixSegment(name)).toBe(true);
    expect(unlinkPosixSegment(name)).toBe(false);
    segment.close();
  });
});

function unused(): { readonly name: string; readonly path: string } {
  const name = `/troupe-test-${randomUUID()}`;
  paths.add(`/dev/shm${name}`);
  return { name, path: `/dev/shm${name}` };
}

function refusal(code: unknown, reason: string): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(reason) });
}
