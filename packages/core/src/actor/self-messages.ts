// What an actor sends itself: by timers, and what promises it pipes to itself come to. Made when it is first used.
import type { Address } from '../address.ts';
import { didYouMean } from '../did-you-mean.ts';
import { readDuration, type Duration } from '../units.ts';
import { typesOf, type Behavior } from './behavior.ts';
import type { CellHost } from './cell-host.ts';
import type { EndReason } from './end-reason.ts';
import { asError } from './failure.ts';
import { KeyedTimer } from './keyed-timer.ts';
import type { Message } from './message.ts';
import { SelfAsker } from './self-asker.ts';
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
  #run = new Run();
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
    const run = this.#run;
    promise.then(
      (value) => this.#send(type, value, run),
      (error: unknown) => {
        if (failureType !== undefined) this.#send(failureType, error, run);
        else if (!run.abandoned && !this.#isSilent)
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
    this.#run.abandoned = true;
  }

  /** The actor starts again: what belonged to its former state is void. */
  renew(): void {
    this.close();
    this.#run = new Run();
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
    const ms = isRepeated
      ? readDuration(operation, 'the interval', duration, { leastMs: 1, isFinite: true })
      : readDuration(operation, 'the delay', duration, { isFinite: true });
    this.#check(operation, type);
    this.cancel(key);
    if (this.#isSilent) return;
    const timer = new KeyedTimer(this.#host.clock, ms, isRepeated, {
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

  #send(type: string, payload: unknown, asker: SelfAsker): void {
    const message = this.#host.send(type, payload, asker);
    // Not as `stopped`: what an ended member of a pool leaves to the others is not what it had told itself.
    if (asker.abandoned || this.#isSilent) this.#host.deadLetter(message, this.#owner.address, 'abandoned');
    else this.#owner.deliver(message);
  }
}

/** One run of the actor from `init` on: the asker of what its promises come to. */
class Run extends SelfAsker {
  resolve(): void {
    // Nobody waits for an answer.
  }

  reject(): void {
    // The failure is the actor's own.
  }
}
