// What a wake-up is: a bell that one node sleeps on, and a ringer that each of its peers has for it. A ring is a hint and
// carries nothing: whoever hears it looks at all its lanes, and may look in vain. Which lanes those are stands in node-bell.ts.
//
// - a ring wakes a node that sleeps, or is about to; rings without number become one
// - a ring never waits, and never fails because the node it is for has been rung before, or is gone; but where the bell is an
//   object of its own in the kernel, and was removed there, who rings is told, for the node may still live
// - a ring that the kernel has no room for is rung again until it has; whoever blocks its event loop rings again itself
// - a node whose bell was removed is told, for nobody can ring it any more
// - no bell keeps a process alive, none is in the way of its exit
// - what a bell has in the kernel goes with its process, or has an entry in the journal of the node's directory

import type { TroupeError } from '@troupe/core/transport';

/** All ways to wake a node, and what each of them is. */
export const WAKE_UPS = ['eventfd', 'futex', 'posix-sem', 'sysv-sem', 'fifo', 'signal', 'spin'] as const;

export type WakeUp = (typeof WAKE_UPS)[number];

export function isWakeUp(value: unknown): value is WakeUp {
  return (WAKE_UPS as readonly unknown[]).includes(value);
}

/** How a bell is rung: sent to each peer. */
export interface BellAddress {
  readonly wakeUp: WakeUp;
  /** Number of the semaphore or the signal; 0 for all else. */
  readonly number: number;
  /** Open in the process that has the address; as many as `bellDescriptors` says. */
  readonly descriptors: readonly number[];
}

/** How many descriptors belong to an address. */
export function bellDescriptors(wakeUp: WakeUp): number {
  return wakeUp === 'sysv-sem' || wakeUp === 'spin' ? 0 : 1;
}

/** Whether a number can be that of the wake-up 'signal': real-time signals that no C library keeps for itself. */
export function isRealTimeSignal(number: number): boolean {
  return number > 34 && number <= 64;
}

/** The bell of this node. */
export interface Bell {
  /** Its descriptors stay the bell's. */
  readonly address: BellAddress;
  /** Blocks the thread for at most `timeoutMs`, until it is rung or earlier. Rings heard here are not told to `onRing`. */
  wait(timeoutMs: number): void;
  close(): void;
}

/** What a bell is made with. */
export interface BellOptions {
  /** The node's directory, for names and the journal of kernel objects. */
  readonly directory: string;
  /** Called from the event loop after rings. */
  readonly onRing: () => void;
  /** Called from the event loop instead, once: somebody has removed the bell, and no ring will come. */
  readonly onRemoved: (error: TroupeError) => void;
}

/** A peer's bell. */
export interface Ringer {
  /** Throws EIDRM where the bell was removed, with its node or under it. */
  ring(): void;
  close(): void;
}
