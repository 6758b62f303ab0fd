// Unix stream sockets as descriptors: their limits, their file, and who is on the other side.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDescriptor, readDescriptor, waitDescriptor, writeDescriptor } from '../src/descriptor.ts';
import { makePipe } from '../src/pipe.ts';
import {
  UNIX_PATH_LIMIT,
  acceptUnix,
  connectUnix,
  listenUnix,
  peerCredentials,
  shutdownWrite,
} from '../src/unix-socket.ts';
import { currentUid } from '../src/user.ts';

let directory: string;
let path: string;
const open = new Set<number>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-posix-'));
  path = join(directory, 'node.sock');
});

afterEach(() => {
  for (const fd of open) closeDescriptor(fd);
  open.clear();
  rmSync(directory, { recursive: true });
});

describe('listenUnix', () => {
  it('makes a socket only its owner may use, whatever the umask', () => {
    const umask = process.umask(0);
    try {
      keep(listenUnix(path));
    } finally {
      process.umask(umask);
    }
    const stats = lstatSync(path);
    expect(stats.isSocket()).toBe(true);
    expect(stats.mode & 0o777).toBe(0o600);
  });

  it('takes a path of 107 bytes and refuses one more, naming the length', () => {
    const longest = join(directory, 'x'.repeat(UNIX_PATH_LIMIT - directory.length - 1));
    keep(listenUnix(longest));
    keep(connectUnix(longest));
    expect(readdirSync(directory)).toEqual([longest.slice(directory.length + 1)]);

    const refusal = expect.objectContaining({
      code: 'ENAMETOOLONG',
      message: expect.stringContaining('108 bytes'),
    });
    expect(() => listenUnix(`${longest}x`)).toThrow(refusal);
    expect(() => connectUnix(`${longest}x`)).toThrow(refusal);
  });

  it('counts bytes, not characters', () => {
    const wide = join(directory, 'ü'.repeat(60));
    const bytes = String(Buffer.byteLength(wide));
    expect(wide.length).toBeLessThanOrEqual(UNIX_PATH_LIMIT);
    expect(() => listenUnix(wide)).toThrow(
      expect.objectContaining({ code: 'ENAMETOOLONG', message: expect.stringContaining(`${bytes} bytes`) }),
    );
  });

  it('throws EADDRINUSE for a second listener, and for the path of one that is gone', () => {
    const first = listenUnix(path);
    expect(() => listenUnix(path)).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE', syscall: 'bind', path }),
    );
    closeDescriptor(first);
    expect(() => listenUnix(path)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    unlinkSync(path);
    keep(listenUnix(path));
  });

  it('refuses a path that C would cut short or take for a nameless address', () => {
    for (const wrong of ['', `${path}\0x`, '\0abstract']) {
      expect(() => listenUnix(wrong)).toThrow(expect.objectContaining({ code: 'EINVAL', syscall: 'bind' }));
      expect(() => connectUnix(wrong)).toThrow(
        expect.objectContaining({ code: 'EINVAL', syscall: 'connect' }),
      );
    }
  });

  it('leaves no descriptor behind when it fails', () => {
    writeFileSync(path, '');
    const before = readdirSync('/proc/self/fd').length;
    expect(() => listenUnix(path)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect(() => connectUnix(path)).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});

describe('connectUnix', () => {
  it('throws ENOENT where there is nothing and ECONNREFUSED where nobody listens any more', () => {
    expect(() => connectUnix(path)).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'connect', path }),
    );
    closeDescriptor(listenUnix(path));
    expect(() => connectUnix(path)).toThrow(expect.objectContaining({ code: 'ECONNREFUSED', path }));
  });

  it('throws EAGAIN when as many wait as the listener allows', () => {
    keep(listenUnix(path, 1));
    const connect = () => {
      for (let i = 0; i < 10; i++) keep(connectUnix(path));
    };
    expect(connect).toThrow(expect.objectContaining({ code: 'EAGAIN', path }));
  });
});

describe('a connection', () => {
  it('is accepted once, and -1 says that nobody waits', () => {
    const listener = keep(listenUnix(path));
    expect(acceptUnix(listener)).toBe(-1);
    keep(connectUnix(path));
    keep(acceptUnix(listener));
    expect(acceptUnix(listener)).toBe(-1);
    expect(() => acceptUnix(1_000_000)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'accept4' }),
    );
  });

  it('carries bytes both ways without blocking', () => {
    const [client, server] = connection();
    const buffer = Buffer.alloc(8);
    expect(readDescriptor(client, buffer, 0, 8)).toBe(-1);
    expect(readDescriptor(server, buffer, 0, 8)).toBe(-1);
    writeDescriptor(client, Buffer.from('ping'), 0, 4);
    expect(readDescriptor(server, buffer, 0, 8)).toBe(4);
    writeDescriptor(server, Buffer.from('pong!'), 0, 5);
    expect(readDescriptor(client, buffer, 0, 8)).toBe(5);
  });

  it('ends one way by shutdownWrite and stays open the other way', () => {
    const [client, server] = connection();
    const buffer = Buffer.alloc(8);
    writeDescriptor(client, Buffer.from('last'), 0, 4);
    shutdownWrite(client);
    expect(readDescriptor(server, buffer, 0, 8)).toBe(4);
    expect(readDescriptor(server, buffer, 0, 8)).toBe(0);
    expect(writeDescriptor(server, Buffer.from('answer'), 0, 6)).toBe(6);
    expect(readDescriptor(client, buffer, 0, 8)).toBe(6);
    expect(() => writeDescriptor(client, buffer, 0, 1)).toThrow(expect.objectContaining({ code: 'EPIPE' }));
    expect(() => shutdownWrite(1_000_000)).toThrow(
      expect.objectContaining({ code: 'EBADF', syscall: 'shutdown' }),
    );
  });

  it('tells ECONNRESET when the peer closed with bytes unread', () => {
    const [client, server] = connection();
    writeDescriptor(client, Buffer.from('unread'), 0, 6);
    open.delete(server);
    closeDescriptor(server);
    expect(() => readDescriptor(client, Buffer.alloc(8), 0, 8)).toThrow(
      expect.objectContaining({ code: 'ECONNRESET', syscall: 'read' }),
    );
  });
});

describe('peerCredentials', () => {
  it('names another process that connected', async () => {
    const listener = keep(listenUnix(path));
    const script = 'require("node:net").connect(process.argv[1]).resume()';
    const child = spawn(process.execPath, ['-e', script, path], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    try {
      expect(waitDescriptor(listener, 'readable', 30_000)).toBe(true);
      const server = keep(acceptUnix(listener));
      expect(peerCredentials(server)).toEqual({
        pid: child.pid,
        uid: currentUid(),
        gid: process.getegid?.(),
      });
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  });

  it('throws ENOTSOCK for what is no socket', () => {
    const { readEnd, writeEnd } = makePipe();
    keep(readEnd);
    keep(writeEnd);
    expect(() => peerCredentials(readEnd)).toThrow(
      expect.objectContaining({ code: 'ENOTSOCK', syscall: 'getsockopt' }),
    );
  });
});

function connection(): readonly [client: number, server: number] {
  const listener = keep(listenUnix(path));
  const client = keep(connectUnix(path));
  return [client, keep(acceptUnix(listener))];
}

function keep(fd: number): number {
  expect(fd).toBeGreaterThan(2);
  open.add(fd);
  return fd;
}
