// What the two sides of the waiter thread share: the words of its control page, and the list of what to wait for. Layout and
// shapes only; the sides stand in waiter-thread.ts and waiter-thread-entry.ts.

// A page of 32-bit words:
//
//    0            1            2            16 .. 4095
//   +------------+------------+-----  -----+-----------------------
//   | GENERATION | APPLIED    |            | one flag a slot: rung
//   +------------+------------+-----  -----+-----------------------
//
// GENERATION  which list the thread should wait for. Written by the owner, who wakes the thread after it.
// APPLIED     which list the thread waits for. What only older lists named may be unmapped. END: it makes no more C calls.

export const CONTROL_BYTES = 16_384;
export const GENERATION = 0;
export const APPLIED = 1;
export const FIRST_SLOT = 16;
export const SLOTS = CONTROL_BYTES / 4 - FIRST_SLOT;

/** A generation that no list has: the thread ends. */
export const END = -1;

/** Longest native wait, in milliseconds: each costs some 200 us when it ends for nothing. Lists and exits end it themselves. */
export const LONGEST_WAIT_MS = 1000;

/** How long it waits for one of several things that no call waits for together, before it looks at the others. */
export const TURN_MS = 2;

/** Something to wait for, as the thread is told. Addresses are those of the process. */
export type Doorbell = DoorbellTarget & {
  /** Never used for another. */
  readonly key: number;
  /** Which flag tells that it was rung. */
  readonly slot: number;
};

export type DoorbellTarget =
  | { readonly type: 'futex'; readonly address: bigint; readonly seen: number }
  | { readonly type: 'posix-sem'; readonly address: bigint }
  | { readonly type: 'sysv-sem'; readonly id: number };

/** All there is to wait for. */
export interface DoorbellList {
  readonly generation: number;
  readonly doorbells: readonly Doorbell[];
}

/** What the thread is started with. */
export interface WaiterOptions {
  readonly controlAddress: bigint;
  /** Rung by the thread after it has set flags. */
  readonly eventDescriptor: number;
  readonly list: DoorbellList;
}
