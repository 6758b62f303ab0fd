// Carries out a restart: brings to rest who is to be started again and still runs, last first; waits for the pause; starts all,
// first to last, each when the one before it runs. What fails meanwhile joins in.
import type { Clock, Timer } from '../clock.ts';
import type { Place } from './place.ts';

export class Recovery {
  readonly #clock: Clock;
  /** A place did not come to run. */
  readonly #startFailed: (place: Place, error: unknown) => void;
  readonly #toRest = new Set<Place>();
  readonly #toStart = new Set<Place>();
  readonly #idleWaiters: (() => void)[] = [];
  #readyAtMs = 0;
  #timer: Timer | undefined;
  #wake: (() => void) | undefined;
  #isWorking = false;
  #isClosed = false;

  constructor(clock: Clock, startFailed: (place: Place, error: unknown) => void) {
    this.#clock = clock;
    this.#startFailed = startFailed;
  }

  /** Starts `places` again, not before `afterMs` have passed. Those of them that run are brought to rest first. */
  begin(places: readonly Place[], afterMs: number): void {
    for (const place of places) {
      if (place.isUp) {
        place.status = 'resting';
        this.#toRest.add(place);
      }
      this.#toStart.add(place);
    }
    this.#readyAtMs = Math.max(this.#readyAtMs, this.#clock.now() + afterMs);
    this.#wake?.();
    if (!this.#isWorking) void this.#work();
  }

  /** Resolves when all that were to be started run, or nothing is started any more. */
  idle(): Promise<void> {
    if (!this.#isWorking) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Nothing is started any more; what is being started or brought to rest is for the caller to stop. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#wake?.();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (!this.#isClosed && (this.#toRest.size > 0 || this.#toStart.size > 0)) {
      const pauseMs = this.#readyAtMs - this.#clock.now();
      if (this.#toRest.size > 0) await this.#rest(lastOf(this.#toRest));
      else if (pauseMs > 0) await this.#pause(pauseMs);
      else await this.#start(firstOf(this.#toStart));
    }
    this.#isWorking = false;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  async #rest(place: Place): Promise<void> {
    if (place.restart === 'temporary') {
      this.#toStart.delete(place);
      place.status = 'over';
      await place.ward.stop(place.stopTimeoutMs, true);
    } else {
      await place.ward.rest(place.stopTimeoutMs);
      if (place.status === 'resting') place.status = 'at-rest';
    }
    this.#toRest.delete(place);
  }

  async #start(place: Place): Promise<void> {
    if (place.status === 'over') {
      this.#toStart.delete(place);
      return;
    }
    place.status = 'starting';
    try {
      await place.ward.restart();
    } catch (error) {
      // A sibling that failed meanwhile may have it in line again already.
      if (place.status === 'starting') {
        this.#toStart.delete(place);
        place.status = 'at-rest';
        if (!this.#isClosed) this.#startFailed(place, error);
      }
      return;
    }
    // It may have failed, and been decided about, in between.
    if (place.status === 'starting') place.started();
    if (place.isUp) this.#toStart.delete(place);
  }

  async #pause(pauseMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#timer = this.#clock.after(pauseMs, resolve);
    });
    this.#timer?.cancel();
    this.#wake = undefined;
  }
}

function firstOf(places: ReadonlySet<Place>): Place {
  return [...places].reduce((first, place) => (place.index < first.index ? place : first));
}

function lastOf(places: ReadonlySet<Place>): Place {
  return [...places].reduce((last, place) => (place.index > last.index ? place : last));
}
