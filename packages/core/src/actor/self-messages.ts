// What an actor sends itself: by timers, and what promises it pipes to itself come to. Made when it is first used. Each such
// message has an asker, which awaits nothing but tells the loop when the message is void.
import type { Address } from '../address.ts';
import type { Timer } from '../clock.ts';
import { didYouMean } from '../did-you-mean.ts';
import { TroupeError } from '../errors.ts';
import { milliseconds, type Duration } from '../units.ts';
import { typesOf, type Behavior } from './behavior.ts';
import type { CellHost } from './cell-host.ts';
import { NO_DEADLINE } from './deadline.ts';
import type { EndReason } from './end-reason.ts';
import { asError } from './failure.ts';
import type { Asker } from './asker.ts';
import type { Message } from './message.ts';
import type { Timers } from './timers.ts';

/** The actor whose messages they are. */
export interface SelfMessagesOwner {
  readonly address: Address;
  deliver(message: Message): void;
  fail(reason: EndReason): void;
}

export class SelfMessages implements Timers {
  readonly #owner: SelfMessagesOwner;
  readonly #behavior: Behavior;
  readonly #host: CellHost;
  readonly #timers = new Map<string, KeyedTimer>();
  #life = new Life();
  #isSilent: boolean;

  constructor(owner: SelfMessagesOwner, behavior: Behavior, host: CellHost, isSilent: boolean) {
    this.#owner = owner;
    this.#behavior = behavior;
    this.#host = host;
    this.#isSilent = isSilent;
  }

  after(key: string, delay: Duration, type: string, payload?: unknown): void {
    this.#set('timers.after', key, delay, false, type, payload);
  }

  every(key: string, interval: Duration, type: string, payload?: unknown): void {
    this.#set('timers.every', key, interval, true, type, payload);
  }

  cancel(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }

  pipe(promise: PromiseLike<unknown>, type: string, failureType: string | undefined): void {
    this.#check('pipe', type);
    if (failureType !== undefined) this.#check('pipe', failureType);
    const life = this.#life;
    promise.then(
      (value) => this.#send(type, value, life),
      (error: unknown) => {
        if (failureType !== undefined) this.#send(failureType, error, life);
        else if (!life.abandoned && !this.#isSilent)
          this.#owner.fail({ kind: 'error', error: asError(error) });
      },
    );
  }

  /** The actor is stopping: nothing more comes, but what waits is still handled. */
  silence(): void {
    this.#isSilent = true;
    for (const timer of this.#timers.values()) timer.halt();
  }

  /** The actor has ended, or what waits is to be left: that is void too. */
  close(): void {
    this.silence();
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#life.abandoned = true;
  }

  /** The actor starts again: what belonged to its former state is void. */
  renew(): void {
    this.close();
    this.#life = new Life();
    this.#isSilent = false;
  }

  #set(
    operation: string,
    key: string,
    duration: Duration,
    isRepeated: boolean,
    type: string,
    payload: unknown,
  ): void {
    const ms = milliseconds(duration);
    if (ms === undefined || !Number.isFinite(ms) || (isRepeated && ms < 1))
      throw new TroupeError(
        'TROUPE_CONFIGURATION',
        `${operation}: the ${isRepeated ? 'interval' : 'delay'} is ${JSON.stringify(duration)}; expected milliseconds${isRepeated ? ', 1 or more' : ''}, or a string such as '250ms' or '2s'`,
      );
    this.#check(operation, type);
    this.cancel(key);
    if (this.#isSilent) return;
    const timer = new KeyedTimer(this.#host, ms, isRepeated, {
      send: () => this.#send(type, payload, timer),
      // Until then it can be cancelled; its key may be another timer's by now.
      done: () => {
        if (this.#timers.get(key) === timer) this.#timers.delete(key);
      },
    });
    this.#timers.set(key, timer);
  }

  #check(operation: string, type: string): void {
    if (this.#behavior.handlers[type] !== undefined) return;
    const types = typesOf(this.#behavior);
    if (!types.has(type))
      throw new TypeError(`${operation}: the actor has no handler '${type}'.${didYouMean(type, types)}`);
  }

  #send(type: string, payload: unknown, asker: Asker): void {
    const message = this.#host.send(type, payload, asker);
    // Not as `stopped`: what an ended member of a pool leaves to the others is not what it had told itself.
    if (asker.abandoned || this.#isSilent) this.#host.deadLetter(message, this.#owner.address, 'abandoned');
    else this.#owner.deliver(message);
  }
}

/** One run of the actor from `init` on; stands as the asker of what its promises come to. */
class Life implements Asker {
  readonly keepsItsPlace = true;
  abandoned = false;
  readonly deadline = NO_DEADLINE;
  readonly wants = 'nothing';
  onAbandon: (() => void) | undefined;

  resolve(): void {
    // Nobody waits for an answer.
  }

  reject(): void {
    // The failure is the actor's own.
  }

  handOn(): undefined {
    // It is told on; nobody waits.
  }
}

/** What a timer does when it is due, and when the message of one that is not repeated has been handled. */
interface TimerCalls {
  send(): void;
  done(): void;
}

/** A timer that runs; stands as the asker of its messages, and so learns when one has been handled. */
class KeyedTimer implements Asker {
  readonly keepsItsPlace = true;
  abandoned = false;
  readonly deadline = NO_DEADLINE;
  readonly wants = 'nothing';
  onAbandon: (() => void) | undefined;
  readonly #host: CellHost;
  readonly #intervalMs: number;
  readonly #isRepeated: boolean;
  readonly #calls: TimerCalls;
  #dueMs: number;
  #timer: Timer;
  // Its last message waits or is being handled.
  #isUnderWay = false;

  constructor(host: CellHost, intervalMs: number, isRepeated: boolean, calls: TimerCalls) {
    this.#host = host;
    this.#intervalMs = intervalMs;
    this.#isRepeated = isRepeated;
    this.#calls = calls;
    this.#dueMs = host.clock.now() + intervalMs;
    this.#timer = host.clock.after(intervalMs, this.#onTime);
  }

  resolve(): void {
    this.#isUnderWay = false;
    if (!this.#isRepeated) this.#calls.done();
  }

  reject(): void {
    this.resolve();
  }

  handOn(): undefined {
    // The message has been handled then, as far as the timer is concerned.
  }

  /** Sends nothing any more. */
  halt(): void {
    this.#timer.cancel();
  }

  /** And what it has sent is void. */
  cancel(): void {
    this.halt();
    this.abandoned = true;
  }

  readonly #onTime = (): void => {
    const now = this.#host.clock.now();
    const leftMs = this.#dueMs - now;
    // A clock cannot hold every delay in one piece.
    if (leftMs >= 1) {
      this.#timer = this.#host.clock.after(leftMs, this.#onTime);
      return;
    }
    if (this.#isRepeated) {
      // From when it was due, or it would lag more with each; but what was missed altogether is not made up for.
      const lateMs = Math.max(0, now - this.#dueMs);
      this.#dueMs += this.#intervalMs * (1 + Math.floor(lateMs / this.#intervalMs));
      this.#timer = this.#host.clock.after(this.#dueMs - now, this.#onTime);
    }
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#calls.send();
  };
}
