// From the name of a wake-up to its bell, and from the address of a peer's bell to what rings it.
import { closeDescriptor } from '@troupe/posix';
import type { Bell, BellAddress, BellOptions, Ringer, WakeUp } from './contract.ts';
import {
  eventRinger,
  fifoRinger,
  openEventBell,
  openFifoBell,
  openSignalBell,
  signalRinger,
} from './descriptor-bell.ts';
import { memoryRinger, openMemoryBell, openSysvBell, pauseThread, sysvRinger } from './waiter-bell.ts';

export function openBell(wakeUp: WakeUp, options: BellOptions): Bell {
  switch (wakeUp) {
    case 'eventfd':
      return openEventBell(options);
    case 'fifo':
      return openFifoBell(options);
    case 'signal':
      return openSignalBell(options);
    case 'futex':
    case 'posix-sem':
      return openMemoryBell(wakeUp, options);
    case 'sysv-sem':
      return openSysvBell(options);
    case 'spin':
      // Whoever never sleeps needs no bell.
      return {
        address: { wakeUp, number: 0, descriptors: [] },
        wait: pauseThread,
        close: () => undefined,
      };
  }
}

/** Takes over the descriptors of `address`, unless it throws. */
export function openRinger({ wakeUp, number, descriptors: [fd = -1] }: BellAddress): Ringer {
  switch (wakeUp) {
    case 'eventfd':
      return eventRinger(fd);
    case 'fifo':
      return fifoRinger(fd);
    case 'signal':
      return signalRinger(fd, number);
    case 'futex':
    case 'posix-sem':
      return memoryRinger(wakeUp, fd, closeDescriptor);
    case 'sysv-sem':
      return sysvRinger(number);
    case 'spin':
      return { ring: () => undefined, close: () => undefined };
  }
}
