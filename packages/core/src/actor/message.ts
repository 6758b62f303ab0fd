// A message as it waits in a mailbox, and the account of its sender, which is told how it ends.
import type { Asker } from './asker.ts';
import type { Down } from './behavior.ts';
import type { Stream } from './stream.ts';

/** How an accepted message came to an end: its handler was called, nobody could take it, or it is unaccounted for. */
export type Outcome = 'delivered' | 'dead' | 'lost';

/** Who sent: told once for each message how it ended, so that sent = delivered + dead + lost holds for the sender. */
export interface Origin {
  /** `bytes` of all `count` messages; `prompt`: the sender waits for room and wants to know at once. */
  settle(outcome: Outcome, count: number, bytes: number, prompt: boolean): void;
}

/** The origin of a message whose fate has been told: its handler was called once, and it has another turn. */
export const SETTLED: Origin = { settle: () => undefined };

export interface Message {
  readonly type: string;
  readonly payload: unknown;
  /** Taken from the message at hand when that is put aside: the answer is then that of its next turn. */
  asker: Asker | undefined;
  readonly origin: Origin;
  /** Bytes of the payload as it travelled; 0 within one process. */
  readonly bytes: number;
  /** Whether the sender waits to hear how this one ended. */
  readonly prompt: boolean;
  /** Until when it may wait for its turn, see `deadline.ts`; set by the mailbox it comes to, unless it was before. */
  expires: number;
}

/** What waits in a mailbox: messages and notices; that of an ended actor keeps its place behind what it had sent. */
export type MailboxEntry = Message | { readonly down: Down } | { readonly turnOf: Stream } | typeof IDLE;

/** Whether that is a message that may be dropped when the mailbox is full. */
export function isOrdinary(entry: MailboxEntry): boolean {
  return 'type' in entry && entry.asker?.keepsItsPlace !== true;
}

/** The notice that no message came for a while: to be looked at once what waits has been handled. */
export const IDLE = { idle: true } as const;
