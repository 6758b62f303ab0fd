// The place of one actor with its supervisor: how it is to be treated, what has happened to it, and to whom its cell or its
// process reports.
import type { EndReason } from '../actor/end-reason.ts';
import type { RestartType } from './decision.ts';
import type { RestartLimits } from './strategy.ts';
import type { Ward } from './ward.ts';

/** How one child is to be treated. */
export interface PlaceOptions {
  readonly restart: RestartType;
  readonly limits: RestartLimits;
  /** How long it may take to stop; undefined: the system's `stopTimeout`. */
  readonly stopTimeoutMs: number | undefined;
  /** Called for what is done with it; it may be made when the first of these is. */
  readonly ward: () => Ward;
  /** What starting it would cost now, as `RESTART_COST` has it. */
  readonly restartCost: () => number;
}

/** Whom a place tells what it was told. */
export interface PlaceOwner {
  failed(place: Place, reason: EndReason, canResume: boolean): void;
  finished(place: Place, reason: EndReason): boolean;
  ended(): void;
}

export class Place {
  readonly index: number;
  readonly restart: RestartType;
  readonly limits: RestartLimits;
  readonly stopTimeoutMs: number | undefined;
  /** `over`: it has ended, or is being ended, for good. */
  status: 'at-rest' | 'starting' | 'running' | 'resting' | 'over' = 'at-rest';
  /** Whether it has ever run: until then it waits for its turn. */
  hasRun = false;
  /** Times of the failures that led to a restart and may count again. */
  failuresMs: readonly number[] = [];
  /** How often it was started again, or is about to be. */
  restarts = 0;
  readonly #owner: PlaceOwner;
  readonly #ward: () => Ward;
  readonly #restartCost: () => number;

  constructor(index: number, options: PlaceOptions, owner: PlaceOwner) {
    this.index = index;
    this.restart = options.restart;
    this.limits = options.limits;
    this.stopTimeoutMs = options.stopTimeoutMs;
    this.#ward = options.ward;
    this.#restartCost = options.restartCost;
    this.#owner = owner;
  }

  get ward(): Ward {
    return this.#ward();
  }

  get restartCost(): number {
    return this.#restartCost();
  }

  /**
   * Whether it runs, or is being started: it may fail in the same turn in which it came to run, before whoever started it knows.
   */
  get isUp(): boolean {
    return this.status === 'running' || this.status === 'starting';
  }

  /** The actor runs. */
  started(): void {
    this.status = 'running';
    this.hasRun = true;
  }

  /** The actor failed and is at rest, or its process ended unasked. */
  failed(reason: EndReason, canResume: boolean): void {
    this.hasRun = true;
    this.#owner.failed(this, reason, canResume);
  }

  /** The actor was stopped, or stopped itself. True when it is to stay, at rest: it is started again. False: it may end. */
  finished(reason: EndReason): boolean {
    this.hasRun = true;
    return this.#owner.finished(this, reason);
  }

  /** The actor has ended for good; if it never ran, another may be tried in its place. */
  ended(): void {
    if (!this.hasRun) return;
    this.status = 'over';
    this.#owner.ended();
  }
}
