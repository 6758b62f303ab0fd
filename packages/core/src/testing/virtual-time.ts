// Moves the clock of a simulation for those who wait, one timer at a time: before each, everything the last one led to has come
// to rest. Time stands still while nobody waits.
import { clearTimeout, setTimeout } from 'node:timers';
import type { Pace } from './pace.ts';
import type { Simulation } from './simulation.ts';

interface Waiter {
  readonly isDone: () => boolean;
  readonly untilMs: number;
  /** It would rather wait a moment of real time than have the clock moved. */
  readonly isPatient: boolean;
  readonly done: () => void;
  /** Whether it is an error when it is late. */
  readonly mayFail: boolean;
  readonly late: () => void;
  readonly failed: (error: unknown) => void;
}

// Real time that is given to what the simulation cannot see, a socket say, before the clock is moved for its sake: at once, and
// as a whole until something has come about.
const PATIENCE_MS = 50;
const WHOLE_PATIENCE_MS = 250;
const PAUSE_MS = 1;
// After so long in real time with nobody who moves the clock it is said that nobody does.
const STANDSTILL_MS = 3000;

export class VirtualTime implements Pace {
  readonly #simulation: Simulation;
  readonly #hint: (sentence: string) => void;
  readonly #waiters = new Set<Waiter>();
  #isMoving = false;
  #standstill: NodeJS.Timeout | undefined;

  /** `hint` is told when a test seems to wait for time without letting it pass. */
  constructor(simulation: Simulation, hint: (sentence: string) => void) {
    this.#simulation = simulation;
    this.#hint = hint;
  }

  /** The test is over. */
  close(): void {
    clearTimeout(this.#standstill);
  }

  now(): number {
    return this.#simulation.clock.now();
  }

  advance(byMs: number): Promise<void> {
    return this.#wait(() => false, this.now() + byMs, false, undefined);
  }

  settled(): Promise<void> {
    const { clock } = this.#simulation;
    return this.#wait(() => (clock.nextMs ?? Infinity) > clock.now(), Infinity, false, undefined);
  }

  until(isSo: () => boolean, withinMs: number, late: () => Error): Promise<void> {
    return this.#wait(isSo, this.now() + withinMs, false, late);
  }

  async carry<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const finish = (): void => void (isDone = true);
    work.then(finish, finish);
    await this.#wait(() => isDone, Infinity, true, undefined);
    return work;
  }

  #wait(
    isDone: () => boolean,
    untilMs: number,
    isPatient: boolean,
    late: (() => Error) | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.add({
        isDone,
        untilMs,
        isPatient,
        done: resolve,
        mayFail: late !== undefined,
        late: late === undefined ? resolve : () => reject(late()),
        failed: reject,
      });
      if (!this.#isMoving) void this.#move();
    });
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    clearTimeout(this.#standstill);
    let patienceMs = WHOLE_PATIENCE_MS;
    let isStalled = false;
    try {
      while (this.#waiters.size > 0) {
        await this.#simulation.quiet();
        if (this.#releaseDone()) {
          isStalled = false;
          patienceMs = WHOLE_PATIENCE_MS;
        } else if (!isStalled && patienceMs > 0 && this.#asksForPatience()) {
          await this.#bePatient();
          patienceMs -= PATIENCE_MS;
          isStalled = true;
        } else isStalled = await this.#step();
      }
    } catch (error) {
      for (const waiter of this.#waiters) waiter.failed(error);
      this.#waiters.clear();
    } finally {
      this.#isMoving = false;
      this.#standstill = setTimeout(() => void this.#sayThatItStands(), STANDSTILL_MS);
      this.#standstill.unref();
    }
  }

  readonly #sayThatItStands = async (): Promise<void> => {
    await this.#simulation.quiet();
    const { nextMs } = this.#simulation.clock;
    if (nextMs === undefined || this.#isMoving) return;
    this.#hint(
      `the time of this test stands at ${String(this.now())} ms and nobody lets it pass; the next timer is due at ${String(nextMs)} ms: if the test waits for it, use advance() or until()`,
    );
  };

  /** Lets those go for whom it is so; what they do next is part of this instant. */
  #releaseDone(): boolean {
    const done = [...this.#waiters].filter((waiter) => waiter.isDone());
    for (const waiter of done) {
      this.#waiters.delete(waiter);
      waiter.done();
    }
    return done.length > 0;
  }

  /** Time is about to move for those only who would rather not, or somebody is about to be told that it is too late. */
  #asksForPatience(): boolean {
    const waiters = [...this.#waiters];
    if (waiters.every(({ isPatient }) => isPatient)) return true;
    const { nextMs = Infinity } = this.#simulation.clock;
    return waiters.some(({ mayFail, untilMs }) => mayFail && untilMs < nextMs);
  }

  async #bePatient(): Promise<void> {
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += PAUSE_MS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if ([...this.#waiters].some((waiter) => waiter.isDone())) return;
    }
  }

  /** Goes on to the next timer, or to where the first of those who wait gives up. True when there was neither. */
  async #step(): Promise<boolean> {
    const { clock } = this.#simulation;
    const { nextMs } = clock;
    const untilMs = Math.min(...[...this.#waiters].map((waiter) => waiter.untilMs));
    if (nextMs !== undefined && nextMs <= untilMs) {
      clock.callNext();
      return false;
    }
    if (untilMs === Infinity) {
      // No timer will help: what is awaited comes from outside, or never.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return true;
    }
    clock.moveTo(untilMs);
    for (const waiter of this.#waiters)
      if (waiter.untilMs <= untilMs) {
        this.#waiters.delete(waiter);
        waiter.late();
      }
    return false;
  }
}
