// What becomes of messages that find no room in a mailbox: the policies, and what they have in common. Who carries one out is
// whoever counts, the mailbox's owner or the process that sends.

/**
 * `'backpressure'`: `tell` returns false from three quarters of either bound, and one message more than fits is refused.
 * `'fail'`: the same, and the actor fails. `'drop-newest'`: nobody is told to wait, and `tell` returns whether the message was
 * taken. `'drop-oldest'`: nobody is told to wait, and it takes the place of the oldest that waits. What was not handled is a dead
 * letter.
 */
export type OverflowPolicy = 'backpressure' | 'fail' | 'drop-newest' | 'drop-oldest';

export const OVERFLOWS: readonly OverflowPolicy[] = ['backpressure', 'fail', 'drop-newest', 'drop-oldest'];

/** Whether messages are dropped, rather than senders told to wait. */
export function drops(overflow: OverflowPolicy): boolean {
  return overflow === 'drop-newest' || overflow === 'drop-oldest';
}

/** What the dead letter of a message says that was not taken. */
export function refusalOf(overflow: OverflowPolicy): 'dropped' | 'mailbox-full' {
  return drops(overflow) ? 'dropped' : 'mailbox-full';
}
