import { describe, expect, it } from '@jest/globals';
import { shmTransport } from '../src/index.ts';

describe('the options of shm', () => {
  it.each([
    [{}, 2_097_144],
    [{ capacityBytes: '16KiB' }, 8184],
    [{ capacityBytes: 1 << 30, awakeMicroseconds: 0 }, 536_870_904],
    [{ awakeMicroseconds: 100_000 }, 2_097_144],
  ])('take %j', (options, maxFrameBytes) => {
    expect(shmTransport(options).capabilities.maxFrameBytes).toBe(maxFrameBytes);
  });

  it.each([
    [{ capacityBytes: 8192 }, '16KiB to 1GiB'],
    [{ capacityBytes: '3MiB' }, 'a power of two'],
    [{ capacityBytes: '2GiB' }, '16KiB to 1GiB'],
    [{ capacityBytes: null }, 'a power of two'],
    [{ awakeMicroseconds: -1 }, 'from 0 to 100000'],
    [{ awakeMicroseconds: Number.NaN }, 'from 0 to 100000'],
    [{ awakeMicroseconds: '50us' }, 'from 0 to 100000'],
    [{ capacityBytes: '1.5MiB' }, 'a power of two'],
    [{ capacityBytes: -65536 }, 'a power of two'],
    [{ segment: 'mmap' }, 'one of memfd, posix, sysv, not "mmap"'],
    [{ segment: 'posx' }, "Did you mean 'posix'?"],
    [{ segment: null }, 'one of memfd, posix, sysv, not null'],
    [{ wakeUp: 'sleep' }, 'one of eventfd, '],
    [{ wakeUp: 'futx' }, "Did you mean 'futex'?"],
    [{ wakeUp: 7 }, 'not 7'],
    [{ capacityByte: 1 }, "Did you mean 'capacityBytes'?"],
  ])('refuse %j and say what they take', (options, message) => {
    expect(() => shmTransport(options)).toThrow(
      expect.objectContaining({ code: 'TROUPE_CONFIGURATION', message: expect.stringContaining(message) }),
    );
  });
});
