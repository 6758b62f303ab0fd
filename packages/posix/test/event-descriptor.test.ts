// A wake-up the event loop waits for: it is rung, seen, and taken whole.
import { afterEach, describe, expect, it } from '@jest/globals';
import { openSync } from 'node:fs';
import { closeDescriptor, waitDescriptor, writeDescriptor } from '../src/descriptor.ts';
import {
  checkEventDescriptor,
  clearEventDescriptor,
  createEventDescriptor,
  ringEventDescriptor,
} from '../src/event-descriptor.ts';
import { libc } from '../src/libc.ts';
import { makePipe } from '../src/pipe.ts';
import { watchDescriptor } from '../src/poll.ts';

const F_SETFL = 4;

const open = new Set<number>();

afterEach(() => {
  for (const fd of open) closeDescriptor(fd);
  open.clear();
});

describe('an event descriptor', () => {
  it('is readable from its first ring until all are taken at once', () => {
    const fd = keep(createEventDescriptor());
    expect(waitDescriptor(fd, 'readable', 0)).toBe(false);
    expect(clearEventDescriptor(fd)).toBe(false);
    ringEventDescriptor(fd);
    ringEventDescriptor(fd);
    expect(waitDescriptor(fd, 'readable', 0)).toBe(true);
    expect(clearEventDescriptor(fd)).toBe(true);
    expect(waitDescriptor(fd, 'readable', 0)).toBe(false);
    expect(clearEventDescriptor(fd)).toBe(false);
  });

  it('wakes the event loop', async () => {
    const fd = keep(createEventDescriptor());
    const woken = new Promise<boolean>((resolve) => {
      const watch = watchDescriptor(fd, () => {
        resolve(clearEventDescriptor(fd));
        watch.close();
      });
      watch.update({ readable: true });
    });
    ringEventDescriptor(fd);
    expect(await woken).toBe(true);
  });

  it('takes a ring when it can count no further', () => {
    const fd = keep(createEventDescriptor());
    writeDescriptor(fd, new Uint8Array(BigUint64Array.of(2n ** 64n - 2n).buffer), 0, 8);
    ringEventDescriptor(fd);
    expect(clearEventDescriptor(fd)).toBe(true);
    expect(clearEventDescriptor(fd)).toBe(false);
  });

  it('is an error once it is closed', () => {
    const fd = createEventDescriptor();
    closeDescriptor(fd);
    expect(() => ringEventDescriptor(fd)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => clearEventDescriptor(fd)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('is told from what another process might hand over in its place, and made to wait for nothing', () => {
    const { readEnd, writeEnd } = makePipe();
    const file = openSync(process.execPath, 'r');
    for (const fd of [readEnd, writeEnd, file].map(keep)) {
      expect(() => checkEventDescriptor(fd)).toThrow(
        expect.objectContaining({ code: 'EPERM', message: expect.stringContaining('it is no eventfd') }),
      );
    }
    const fd = keep(createEventDescriptor());
    // As somebody may have set it who shares it.
    libc.fcntl(fd, F_SETFL, 'int', 0);
    checkEventDescriptor(fd);
    expect(clearEventDescriptor(fd)).toBe(false);
  });
});

function keep(fd: number): number {
  open.add(fd);
  return fd;
}
