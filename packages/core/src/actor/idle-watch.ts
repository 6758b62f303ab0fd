// Notices that an actor has had no message for a while. It wraps the handlers of those actors that want to know, so that a
// message of all others costs nothing.
import type { Clock, Timer } from '../clock.ts';
import type { Behavior } from './behavior.ts';

type Handlers = Behavior['handlers'];

export interface IdleWatchOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Resolves at once when nothing is being handled. */
  readonly returned: () => Promise<void>;
  readonly isBusy: () => boolean;
  /** The time has passed, as far as is known before what waits was looked at. */
  readonly onDue: () => void;
}

export class IdleWatch {
  readonly #options: IdleWatchOptions;
  readonly #watched = new Map<Handlers, Handlers>();
  #sinceMs = 0;
  #timer: Timer | undefined;
  #isRunning = false;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
  }

  /** Whether the time has passed indeed. */
  get isDue(): boolean {
    return this.#isRunning && this.#leftMs() < 1;
  }

  start(): void {
    this.#isRunning = true;
    this.#restart();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The same handlers, each of which starts the time anew. */
  watch(handlers: Handlers): Handlers {
    let watched = this.#watched.get(handlers);
    if (watched === undefined) {
      watched = Object.create(null) as Handlers;
      for (const [type, handler] of Object.entries(handlers))
        if (handler !== undefined) Object.assign(watched, { [type]: this.#wrap(handler) });
      this.#watched.set(handlers, watched);
    }
    return watched;
  }

  #wrap(handler: NonNullable<Handlers[string]>): NonNullable<Handlers[string]> {
    return (state, payload, context) => {
      this.#restart();
      return handler(state, payload, context);
    };
  }

  #leftMs(): number {
    return this.#sinceMs + this.#options.timeoutMs - this.#options.clock.now();
  }

  #restart(): void {
    if (!this.#isRunning) return;
    this.#sinceMs = this.#options.clock.now();
    // One that is set is left running: it finds that there is time left.
    this.#timer ??= this.#options.clock.after(this.#options.timeoutMs, this.#onTime);
  }

  readonly #onTime = (): void => {
    this.#timer = undefined;
    const leftMs = this.#leftMs();
    if (leftMs >= 1) this.#timer = this.#options.clock.after(leftMs, this.#onTime);
    // An actor that is at a message is not idle, however long that takes.
    else if (this.#options.isBusy()) void this.#options.returned().then(() => this.#restart());
    else this.#options.onDue();
  };
}
