// What becomes of messages that find no room in a mailbox. Each policy says it in one of four ways; who carries it out is the
// mailbox's owner, here or in the process that sends.
import { formatAddress, type Address } from '../address.ts';
import { TroupeError } from '../errors.ts';
import type { DeadLetterReason } from './cell-host.ts';
import type { MailboxLimits } from './mailbox-limits.ts';

/**
 * `'backpressure'`: senders are told to wait before it is full, and one message more is refused. `'fail'`: the same, and the actor
 * fails. `'drop-newest'`: nobody is told to wait, and the message that finds no room is dropped. `'drop-oldest'`: nobody is told to
 * wait, and the message takes the place of the oldest that waits.
 */
export type OverflowPolicy = 'backpressure' | 'fail' | 'drop-newest' | 'drop-oldest';

export const OVERFLOWS: readonly OverflowPolicy[] = ['backpressure', 'fail', 'drop-newest', 'drop-oldest'];

/** Whether messages are dropped, rather than senders told to wait. */
export function drops(overflow: OverflowPolicy): boolean {
  return overflow === 'drop-newest' || overflow === 'drop-oldest';
}

/** What the dead letter of a message says that was not taken. */
export function refusalOf(overflow: OverflowPolicy): DeadLetterReason {
  return drops(overflow) ? 'dropped' : 'mailbox-full';
}

/** What an actor fails with whose mailbox has overflowed. */
export function overflowed(to: Address, { capacity, maxBytes }: MailboxLimits): TroupeError {
  return new TroupeError(
    'TROUPE_MAILBOX_OVERFLOW',
    `the mailbox of ${formatAddress(to)} overflowed: more than ${String(capacity)} messages or ${String(maxBytes)} bytes wait; it is sent more than it handles: wait for ready() after tell returned false, give it more capacity, or make a pool of it`,
    { details: { capacity, maxBytes } },
  );
}
