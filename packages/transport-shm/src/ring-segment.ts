// The memory of a ring, of either kind: made by the receiver, attached to by the one sender that was told how, and without a
// name as soon as it has, or earlier. What stands in the memory is not looked at here.
import { step } from '@troupe/core/transport';
import {
  closeDescriptor,
  createKeyedObject,
  createMemfdSegment,
  createNamedObject,
  createPosixSegment,
  createSysvSegment,
  forgetKernelObject,
  openMemfdSegment,
  openPosixSegment,
  openSysvSegment,
  removeKernelObject,
} from '@troupe/posix';
import type { Segment } from '@troupe/posix';

/** `memfd`: sealed, without a name. `posix`: shm_open. `sysv`: shmget. */
export const SEGMENTS = ['memfd', 'posix', 'sysv'] as const;

export type SegmentKind = (typeof SEGMENTS)[number];

export function isSegmentKind(value: unknown): value is SegmentKind {
  return (SEGMENTS as readonly unknown[]).includes(value);
}

/** What a sender attaches by. */
export interface SegmentAddress {
  readonly segment: SegmentKind;
  /** The name of a POSIX segment, the number of a System V segment; empty for a memfd. */
  readonly id: string;
  /** That of a memfd. */
  readonly descriptors: readonly number[];
}

/** How many descriptors belong to an address. */
export function segmentDescriptors(segment: SegmentKind): number {
  return segment === 'memfd' ? 1 : 0;
}

/** The memory at the side that made it. */
export interface RingSegment {
  readonly memory: ArrayBuffer;
  readonly address: SegmentAddress;
  /** Takes away what the sender attaches by: it has, or will not come. The memory stays; twice is once. */
  withdraw(): void;
}

/** `directory` keeps the journal of what has a name. Throws what the kernel says; nothing is left then. */
export function createRingSegment(segment: SegmentKind, bytes: number, directory: string): RingSegment {
  switch (segment) {
    case 'memfd': {
      const made = createMemfdSegment(bytes);
      const address = { segment, id: '', descriptors: [made.descriptor] };
      return { memory: made.buffer, address, withdraw: () => made.close() };
    }
    case 'posix': {
      const { object, made } = createNamedObject(directory, 'posix-segment', (name) => {
        step('shm.segment.name-entered');
        return createPosixSegment(name, bytes);
      });
      return {
        memory: made.buffer,
        address: { segment, id: made.name, descriptors: [] },
        withdraw: once(() => {
          step('shm.segment.withdrawing');
          removeKernelObject(directory, object);
          step('shm.segment.withdrawn');
        }),
      };
    }
    case 'sysv': {
      const { object, made } = createKeyedObject(directory, 'sysv-segment', (key) => {
        step('shm.segment.key-entered');
        return createSysvSegment(bytes, key);
      });
      step('shm.segment.key-used');
      // It is marked for removal by now: its key is free again, its number is good for as long as this process is attached.
      forgetKernelObject(directory, object);
      const address = { segment, id: String(made.id), descriptors: [] };
      return { memory: made.buffer, address, withdraw: () => undefined };
    }
  }
}

/** Attaches after asking the kernel for owner, mode and size. Descriptors of `address` are closed, unless it throws. */
export function attachRingSegment(address: SegmentAddress, bytes: number): ArrayBuffer {
  const attached = open(address, bytes);
  const memory = attached.buffer;
  attached.close();
  for (const fd of address.descriptors) closeDescriptor(fd);
  return memory;
}

function open({ segment, id, descriptors: [fd = -1] }: SegmentAddress, bytes: number): Segment {
  if (segment === 'memfd') return openMemfdSegment(fd, bytes);
  return segment === 'posix' ? openPosixSegment(id, bytes) : openSysvSegment(Number(id), bytes);
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    act();
  };
}
