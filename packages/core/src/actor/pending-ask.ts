// An ask that awaits its reply, its deadline or its abort signal, whichever is first. The same object is the asker that an
// actor of this process answers, and the entry a lane finds by its correlation number.
import { formatAddress, type Address } from '../address.ts';
import { TroupeError } from '../errors.ts';
import type { Askable } from './askable.ts';
import type { Asker } from './asker.ts';
import { deadlineAfter } from './deadline.ts';
import { Expiring, type Deadlines } from './deadlines.ts';
import { asError } from './failure.ts';

/** Sends a message and waits for the answer; never throws. Without `timeoutMs` as long as asks of this process wait. */
export function askOf(
  to: Askable,
  type: string,
  payload: unknown,
  timeoutMs = to.patience.askTimeoutMs,
  signal?: AbortSignal,
): Promise<unknown> {
  const ask = new PendingAsk(to.patience.deadlines, to.address, type, timeoutMs, signal);
  try {
    to.send(type, payload, ask);
  } catch (error) {
    ask.reject(asError(error));
  }
  return ask.promise;
}

class PendingAsk extends Expiring implements Asker {
  readonly promise: Promise<unknown>;
  readonly deadline: number;
  onAbandon: (() => void) | undefined;
  #abandoned = false;
  #settled = false;
  #resolve!: (value: unknown) => void;
  #reject!: (error: unknown) => void;
  readonly #deadlines: Deadlines;
  readonly #to: Address;
  readonly #type: string;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    deadlines: Deadlines,
    to: Address,
    type: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ) {
    super();
    this.#deadlines = deadlines;
    this.#to = to;
    this.#type = type;
    this.#timeoutMs = timeoutMs;
    this.#signal = signal;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.deadline = deadlineAfter(timeoutMs, deadlines.add(this, timeoutMs));
    if (signal !== undefined) this.#listen(signal);
  }

  get wants(): 'answer' {
    return 'answer';
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  expire(): void {
    this.#giveUp(
      new TroupeError(
        'TROUPE_ASK_TIMEOUT',
        `ask '${this.#type}' to ${formatAddress(this.#to)} got no reply within ${String(this.#timeoutMs)} ms; the actor may be busy or waiting: raise the timeout, or send it less`,
        { details: { timeoutMs: this.#timeoutMs } },
      ),
    );
  }

  #listen(signal: AbortSignal): void {
    this.#onAbort = () =>
      this.#giveUp(
        new TroupeError(
          'TROUPE_ASK_ABORTED',
          `ask '${this.#type}' to ${formatAddress(this.#to)} was aborted by its signal`,
          { cause: signal.reason },
        ),
      );
    signal.addEventListener('abort', this.#onAbort);
    if (signal.aborted) this.#onAbort();
  }

  #giveUp(error: TroupeError): void {
    if (!this.#settle()) return;
    this.#abandoned = true;
    this.#reject(error);
    this.onAbandon?.();
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#deadlines.remove(this);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
