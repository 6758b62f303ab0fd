// What `ActorProcess` promises, for a process that was started from here: its state put together from what its actor is doing,
// whether its event loop turns, and what the kernel says.
import type { EndReason } from '../actor/end-reason.ts';
import type { Clock } from '../clock.ts';
import type { Control } from '../host/process-control.ts';
import type { ActorProcess, LagSettings, ProcessState } from './actor-process.ts';
import { Pulse } from './pulse.ts';
import { StateStream } from './state-stream.ts';

/** What the actor of the process is doing. */
type ProcessPhase = 'starting' | 'ready' | 'draining' | 'exited';

export interface ProcessHandleOptions {
  readonly pid: number;
  readonly control: Control;
  readonly clock: Clock;
  readonly lag: LagSettings;
  /** Asks the process for a sign of life. */
  readonly ask: () => void;
}

// How often is looked whether the kernel has stopped a process that was sent the signal.
const LOOK_AGAIN_MS = 2;

export class ProcessHandle implements ActorProcess {
  readonly pid: number;
  readonly exited: Promise<EndReason>;
  readonly #clock: Clock;
  readonly #control: Control;
  readonly #pulse: Pulse;
  readonly #streams = new Set<StateStream>();
  #phase: ProcessPhase = 'starting';
  #state: ProcessState = 'starting';
  #markExited!: (reason: EndReason) => void;

  constructor({ pid, control, clock, lag, ask }: ProcessHandleOptions) {
    this.pid = pid;
    this.#clock = clock;
    this.exited = new Promise((resolve) => {
      this.#markExited = resolve;
    });
    this.#control = control;
    this.#pulse = new Pulse({
      clock,
      everyMs: lag.everyMs,
      lateAfterMs: lag.afterMs,
      ask,
      isStopped: () => control.isStopped(),
      afterReading: (callback) => void setImmediate(callback),
      changed: () => this.#update(),
    });
  }

  /** Somebody wants to know how it is: from now on it is asked. */
  observe(): void {
    this.#pulse.begin();
  }

  get state(): ProcessState {
    return this.#state;
  }

  signal(signal: NodeJS.Signals | number): boolean {
    return this.#control.signal(signal);
  }

  async suspend(): Promise<boolean> {
    if (!this.#control.suspend()) return false;
    while (!this.#isGone && !this.#control.isStopped())
      await new Promise<void>((resolve) => this.#clock.after(LOOK_AGAIN_MS, resolve));
    if (!this.#isGone) this.#pulse.look();
    return !this.#isGone;
  }

  resume(): boolean {
    return this.#control.resume();
  }

  setNice(nice: number): void {
    this.#control.setNice(nice);
  }

  states(): AsyncIterableIterator<ProcessState> {
    const stream = new StateStream(this.#state, () => this.#streams.delete(stream));
    if (this.#isGone) stream.end();
    else this.#streams.add(stream);
    return stream;
  }

  /** The process has given a sign of life. */
  answered(): void {
    this.#pulse.answered();
  }

  /** Its actor has come to do something else. */
  becomes(phase: 'starting' | 'ready' | 'draining'): void {
    if (this.#isGone) return;
    this.#phase = phase;
    this.#update();
  }

  /** The process is gone. */
  ended(reason: EndReason): void {
    this.#phase = 'exited';
    this.#pulse.close();
    this.#control.close();
    this.#update();
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
    this.#markExited(reason);
  }

  get #isGone(): boolean {
    return this.#phase === 'exited';
  }

  #update(): void {
    const state = this.#isGone ? 'exited' : (this.#pulse.state ?? this.#phase);
    if (state === this.#state) return;
    this.#state = state;
    for (const stream of this.#streams) stream.push(state);
  }
}
