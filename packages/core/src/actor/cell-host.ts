// What an actor's cell needs from the process it lives in, and whom it reports to.
import type { Address } from '../address.ts';
import type { Clock } from '../clock.ts';
import type { Deadlines } from './deadlines.ts';
import type { EndReason } from './end-reason.ts';
import type { Asker } from './asker.ts';
import type { Message } from './message.ts';
import type { RunQueue } from './run-queue.ts';

/**
 * Why a message was not handled. `'mailbox-full'`; `'dropped'`: there was no room, and the mailbox drops what has none;
 * `'stopped'`: the actor has ended or is ending; `'no-handler'`; `'abandoned'`: the asker gave up before its turn came;
 * `'expired'`: the time it had was up before; `'unreachable'`: the process is gone.
 */
export type DeadLetterReason =
  'mailbox-full' | 'dropped' | 'stopped' | 'no-handler' | 'abandoned' | 'expired' | 'unreachable';

export interface CellHost {
  readonly clock: Clock;
  readonly runQueue: RunQueue;
  readonly deadlines: Deadlines;
  readonly askTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** A message from this process, entered in its account as sent. */
  send(type: string, payload: unknown, asker: Asker | undefined): Message;
  /** Settles a message that nobody handles: the account, the asker and those who listen for dead letters. */
  deadLetter(message: Message, to: Address, reason: DeadLetterReason, ended?: EndReason): void;
}

/** Who decides about a failed actor, and is told of its end. */
export interface CellKeeper {
  /** How long `init` may take; undefined: as long as it takes, or the keeper sees to it. */
  readonly startTimeoutMs: number | undefined;
  /**
   * The actor failed and is at rest; `restart`, `resume` or `end` must follow. `canResume`: its state is what the failure left.
   */
  failed(reason: EndReason, canResume: boolean): void;
  /** It was stopped, or stopped itself, and is at rest. True when it is to stay, for `restart`; false: it ends. */
  finished(reason: EndReason): boolean;
  /** Nothing runs any more; called once. */
  ended(reason: EndReason): void;
}
