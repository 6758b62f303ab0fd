// An outbox whose owner and whose letters nobody looks after, unless a test says otherwise.
import type { MailboxLimits } from '../../src/actor/mailbox-limits.ts';
import { systemClock } from '../../src/clock.ts';
import { Outbox } from '../../src/system/outbox.ts';
import type { Bury, OutboxHost } from '../../src/system/outbox-link.ts';

export function loneOutbox(
  limits: MailboxLimits,
  host: Partial<OutboxHost> = {},
  owner: object = {},
): Outbox {
  return new Outbox(limits, owner, {
    clock: systemClock,
    urgent: undefined,
    abandoned: settleDead,
    dropped: settleDead,
    expired: settleDead,
    ...host,
  });
}

const settleDead: Bury = (_type, _frame, _outbound, origin, originBytes) =>
  origin.settle('dead', 1, originBytes, true);
