// Processes by descriptor instead of by number, and a process that ends with its parent. Starting processes is not done here.
import { constants } from 'node:os';
import { lastErrno, lastError, libc, syscallNumbers } from './libc.ts';

const { ESRCH } = constants.errno;
const { SIGKILL } = constants.signals;

const PR_SET_PDEATHSIG = 1;

/**
 * From now on the kernel kills this process when its parent ends, however busy or stopped it is. False when the parent is
 * gone already and nobody would be told: then exit. The parent's end is that of the thread which forked, so fork from a
 * main thread only.
 */
export function dieWithParent(expectedParentPid: number): boolean {
  if (libc.prctl(PR_SET_PDEATHSIG, 'ulong', SIGKILL) < 0) throw lastError('prctl');
  // Asked after the request: a parent that ended before it is seen here, one that ends later sends the signal.
  return libc.getppid() === expectedParentPid;
}

/** A pidfd: stays with this very process when its number is reused, turns readable when it ends. Throws ESRCH when gone. */
export function openProcess(pid: number): number {
  const fd = libc.pidfd_open(syscallNumbers().pidfdOpen, pid, 0);
  if (fd < 0) throw lastError('pidfd_open', { subject: `process ${pid}` });
  return fd;
}

/** Sends `signal` (0: only asks) to the process behind `pidfd`; false when it has ended and was waited for. */
export function signalProcess(pidfd: number, signal: number): boolean {
  if (libc.pidfd_send_signal(syscallNumbers().pidfdSendSignal, pidfd, signal, null, 0) >= 0) return true;
  if (lastErrno() === ESRCH) return false;
  throw lastError('pidfd_send_signal', { subject: `descriptor ${pidfd}` });
}
