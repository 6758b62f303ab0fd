// What an actor's callbacks see as `context.timers`: messages that the actor sends itself later. How they come is not said here.
import type { Duration } from '../units.ts';

/**
 * Timers of one actor, one for each key. When one is due the actor gets a message of its own protocol, behind what waits in its
 * mailbox and never refused for want of room. All end with a restart and with `stop`, and none keeps the process alive. Once
 * cancelled or set anew, what it had sent is not handled any more. A type that no handler has is a TypeError.
 */
export interface Timers {
  /** One message after `delay`; takes the place of the timer with that key. */
  after(key: string, delay: Duration, type: string, payload?: unknown): void;
  /**
   * A message each `interval`, first after one; takes the place of the timer with that key. While one waits or is being handled
   * no other comes: what falls due meanwhile is left out.
   */
  every(key: string, interval: Duration, type: string, payload?: unknown): void;
  /** Ends the timer with that key; one that is not there is no error. */
  cancel(key: string): void;
}
