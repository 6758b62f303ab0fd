// Unix stream sockets as bare descriptors: listen, accept, connect, and who is on the other side. Bytes move through
// descriptor.ts, waiting through poll.ts.
import { fchmodSync, unlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { closeDescriptor } from './descriptor.ts';
import { lastErrno, lastError, libc } from './libc.ts';
import { checkPath } from './path.ts';
import { SystemError } from './system-error.ts';

const { EAGAIN, ECONNABORTED, EINTR, ENAMETOOLONG } = constants.errno;

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SHUT_WR = 1;

/** Most bytes the path of a socket may have: the 108 of `sun_path` less the closing NUL. */
export const UNIX_PATH_LIMIT = 107;

/** Who was on the other side when the connection was made. The pid is only a hint: it may have been reused since. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * A non-blocking listener at `path`, mode 0600 from its first moment; whoever listens unlinks the path. `backlog` is the
 * number of connections that may wait. Throws ENAMETOOLONG beyond `UNIX_PATH_LIMIT` and EADDRINUSE when anything stands there.
 */
export function listenUnix(path: string, backlog = 128): number {
  const address = socketAddress(path, 'bind');
  const fd = openSocket();
  try {
    // The mode of an unbound socket becomes the mode of its file; a chmod afterwards would leave a gap.
    fchmodSync(fd, 0o600);
    if (libc.bind(fd, address, address.length) < 0) throw lastError('bind', { path });
    if (libc.listen(fd, backlog) < 0) {
      const error = lastError('listen', { path });
      unlinkSync(path);
      throw error;
    }
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  return fd;
}

/** The next connection that waits, as a non-blocking descriptor; -1 when nobody does. */
export function acceptUnix(listener: number): number {
  for (;;) {
    const fd = libc.accept4(listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) return fd;
    const errno = lastErrno();
    if (errno === EAGAIN) return -1;
    // One that left while it waited is no failure of the listener.
    if (errno !== EINTR && errno !== ECONNABORTED)
      throw lastError('accept4', { subject: `descriptor ${listener}` });
  }
}

/**
 * A non-blocking connection, made at once or not at all. Throws ENOENT when there is no such path, ECONNREFUSED when nobody
 * listens there any more, EAGAIN when as many wait already as the listener allows.
 */
export function connectUnix(path: string): number {
  const address = socketAddress(path, 'connect');
  const fd = openSocket();
  while (libc.connect(fd, address, address.length) < 0) {
    const error = lastError('connect', { path });
    if (error.errno === EINTR) continue;
    closeDescriptor(fd);
    throw error;
  }
  return fd;
}

/** The process on the other side, as the kernel noted it when the connection was made. */
export function peerCredentials(fd: number): PeerCredentials {
  const credentials = new Int32Array(3);
  const byteCount = Uint32Array.of(credentials.byteLength);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, byteCount) < 0) {
    throw lastError('getsockopt', { subject: `descriptor ${fd}` });
  }
  const [pid = 0, uid = 0, gid = 0] = credentials;
  return { pid, uid: uid >>> 0, gid: gid >>> 0 };
}

/** Ends this side's stream: the peer reads to the end of what was written, then 0. Reading goes on. */
export function shutdownWrite(fd: number): void {
  if (libc.shutdown(fd, SHUT_WR) < 0) throw lastError('shutdown', { subject: `descriptor ${fd}` });
}

function openSocket(): number {
  const fd = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw lastError('socket');
  return fd;
}

/** A `sockaddr_un`: the family in the machine's byte order (little endian on x64 and arm64), the path, a NUL. */
function socketAddress(path: string, syscall: string): Buffer {
  checkPath(path, syscall);
  const byteCount = Buffer.byteLength(path);
  if (byteCount > UNIX_PATH_LIMIT) {
    const reason = `the path has ${byteCount} bytes, a socket takes ${UNIX_PATH_LIMIT}; use a shorter directory`;
    throw new SystemError({ code: 'ENAMETOOLONG', errno: ENAMETOOLONG, syscall, path, reason });
  }
  const address = Buffer.alloc(2 + byteCount + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  return address;
}
