// Processes by descriptor. That a process dies with its parent is shown on built code, in processes/.
import { describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { closeDescriptor, waitDescriptor } from '../src/descriptor.ts';
import { openProcess, signalProcess } from '../src/process.ts';

describe('openProcess and signalProcess', () => {
  it('signal a process, and say false once it has ended', async () => {
    const child = sleeper();
    const exited = once(child, 'exit');
    const pidfd = openProcess(child.pid ?? -1);
    expect(signalProcess(pidfd, 0)).toBe(true);
    expect(waitDescriptor(pidfd, 'readable', 0)).toBe(false);
    expect(signalProcess(pidfd, constants.signals.SIGTERM)).toBe(true);
    expect(await exited).toEqual([null, 'SIGTERM']);
    expect(waitDescriptor(pidfd, 'readable', 0)).toBe(true);
    expect(signalProcess(pidfd, 0)).toBe(false);
    closeDescriptor(pidfd);
  });

  it('throw for a process that is no more, a signal that is none and a descriptor that is no process', async () => {
    const child = sleeper();
    const exited = once(child, 'exit');
    const pidfd = openProcess(child.pid ?? -1);
    expect(() => signalProcess(pidfd, 1000)).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        syscall: 'pidfd_send_signal',
        message: expect.stringContaining(`${pidfd}`),
      }),
    );
    child.kill('SIGKILL');
    await exited;
    expect(() => openProcess(child.pid ?? -1)).toThrow(
      expect.objectContaining({ code: 'ESRCH', syscall: 'pidfd_open' }),
    );
    closeDescriptor(pidfd);
    expect(() => signalProcess(1_000_000, 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

function sleeper(): ChildProcess {
  return spawn('sleep', ['600'], { stdio: 'ignore' });
}
