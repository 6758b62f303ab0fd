// Whether the event loop of another process turns: it is asked for a sign of life now and then, and what it does not answer in
// time is an observation, never the proof that it is dead. A process that the kernel has stopped is told from one that is busy.
import type { Clock, Timer } from '../clock.ts';

export interface PulseOptions {
  readonly clock: Clock;
  /** One question in each such span of time, in the same turn for all. */
  readonly everyMs: number;
  /** An answer that takes longer is late. */
  readonly lateAfterMs: number;
  /** Asks; `answered` is to be called when the answer comes. */
  readonly ask: () => void;
  /** Whether the kernel has stopped the process. */
  readonly isStopped: () => boolean;
  /** Calls back after this process has read what has come: it may have been busy itself. */
  readonly afterReading: (callback: () => void) => void;
  readonly changed: () => void;
}

export class Pulse {
  readonly #options: PulseOptions;
  #state: 'lagging' | 'stopped' | undefined;
  #timer: Timer | undefined;
  #hasBegun = false;
  #isAsking = false;
  #isClosed = false;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** Asks from now on; beginning twice is once. */
  begin(): void {
    if (this.#isClosed || this.#hasBegun) return;
    this.#hasBegun = true;
    this.#ask();
  }

  /** Undefined while it answers. */
  get state(): 'lagging' | 'stopped' | undefined {
    return this.#state;
  }

  answered(): void {
    if (this.#isClosed || !this.#isAsking) return;
    this.#isAsking = false;
    this.#become(undefined);
    this.#next(this.#untilNextMs(), () => this.#ask());
  }

  /** Looks now whether the kernel has stopped it. */
  look(): void {
    if (this.#options.isStopped()) this.#become('stopped');
    else if (this.#state === 'stopped') this.#become('lagging');
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #ask(): void {
    this.#isAsking = true;
    this.#next(this.#options.lateAfterMs, () => this.#options.afterReading(() => this.#late()));
    this.#options.ask();
  }

  #late(): void {
    if (this.#isClosed || !this.#isAsking) return;
    this.#become(this.#options.isStopped() ? 'stopped' : 'lagging');
    this.#next(this.#options.everyMs, () => this.#late());
  }

  // All processes are asked in one turn: to wake up for each costs more than to ask.
  #untilNextMs(): number {
    const { clock, everyMs } = this.#options;
    return everyMs - (clock.now() % everyMs);
  }

  #next(afterMs: number, work: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(afterMs, work);
  }

  #become(state: 'lagging' | 'stopped' | undefined): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.changed();
  }
}
