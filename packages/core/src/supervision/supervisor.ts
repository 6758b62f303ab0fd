// Looks after actors: is told of their failures, keeps the history, asks `decide`, and has done what it says. One actor that
// was spawned with a strategy has a supervisor to itself; the children of a supervisor actor share one.
import type { EndReason } from '../actor/end-reason.ts';
import { asError } from '../actor/failure.ts';
import type { Clock } from '../clock.ts';
import { guarded } from '../guarded.ts';
import { decide, type Decision } from './decision.ts';
import { Place, type PlaceOptions, type PlaceOwner } from './place.ts';
import { Recovery } from './recovery.ts';
import type { RestartBudget } from './restart-budget.ts';
import { DIRECTIVES, type Directive, type Strategy } from './strategy.ts';

/** What was decided about a failure, and why; `children` are places, for the caller to name. */
export type SupervisorReport = Decision & {
  readonly reason: EndReason;
  /** How often the actor was restarted, with this time. */
  readonly restarts: number;
};

export interface SupervisorOptions {
  readonly strategy: Strategy | undefined;
  readonly superior: 'none' | 'parent' | 'supervisor';
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly chance: () => number;
  readonly budget: RestartBudget;
  /** Told of every decision, for the log and for those who listen. */
  readonly report: (place: Place, decision: SupervisorReport) => void;
  /** Whoever is above is to decide. */
  readonly escalate: (place: Place, reason: EndReason, why: string) => void;
}

export class Supervisor implements PlaceOwner {
  readonly #options: SupervisorOptions;
  readonly #places: Place[] = [];
  // Children that are restarted together share one; else a long pause of one would hold up the others.
  readonly #recoveries: Recovery[] = [];
  #isClosed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get places(): readonly Place[] {
    return this.#places;
  }

  /** A place for one more actor, behind those there are. */
  add(options: PlaceOptions): Place {
    const place = new Place(this.#places.length, options, this);
    this.#places.push(place);
    if (this.#recoveries.length === 0 || this.#options.strategy?.type === 'one-for-one')
      this.#recoveries.push(new Recovery(this.#options.clock, this.#startFailed));
    return place;
  }

  /** Starts all, first to last, each when the one before it runs. Resolves when all do, or nothing is started any more. */
  async start(): Promise<void> {
    for (const place of this.#places) {
      const recovery = this.#recoveryOf(place);
      if (this.#isClosed || place.status !== 'at-rest') continue;
      recovery?.begin([place], 0);
      await recovery?.idle();
    }
  }

  /** Nothing is decided and nothing is started any more. */
  close(): void {
    this.#isClosed = true;
    for (const recovery of this.#recoveries) recovery.close();
  }

  failed(place: Place, reason: EndReason, canResume: boolean): void {
    // Who is being brought to rest or started is at rest or will be: it is started again in any case.
    if (this.#isClosed || !place.isUp) return;
    place.status = 'at-rest';
    this.#decide(place, reason, canResume);
  }

  finished(place: Place, reason: EndReason): boolean {
    const isOnItsOwn = this.#options.superior !== 'supervisor';
    if (this.#isClosed || isOnItsOwn || place.status === 'over') return false;
    if (place.isUp) {
      place.status = 'at-rest';
      return this.#decide(place, reason, false, true) === 'restart';
    }
    // It is to be started again with others, if it is one that is started again after such an end.
    if (place.restart === 'permanent' || (place.restart === 'transient' && reason.kind !== 'normal'))
      return true;
    place.status = 'over';
    return false;
  }

  ended(): void {
    // Nothing is left to be started: no pause is waited for any more.
    if (this.#places.every(({ status }) => status === 'over'))
      for (const recovery of this.#recoveries) recovery.close();
  }

  readonly #startFailed = (place: Place, error: unknown): void => {
    this.#decide(place, { kind: 'error', error: asError(error) }, false);
  };

  #decide(place: Place, reason: EndReason, canResume: boolean, isEnding = false): Decision['type'] {
    const { strategy, superior, clock, chance, budget, report, escalate } = this.#options;
    const isNormal = reason.kind === 'normal';
    const nowMs = clock.now();
    const cost = place.restartCost;
    const decision = decide(
      strategy,
      {
        child: place.index,
        siblings: this.#places.length,
        restart: place.restart,
        limits: place.limits,
        isNormal,
        canResume,
        directive: isNormal ? 'restart' : directiveOf(strategy, reason),
        superior,
      },
      { earlierMs: place.failuresMs, nowMs, chance: chance(), heldMs: budget.waitMs(cost) },
    );
    if (decision.type === 'restart') {
      // What is older than the window can never count again.
      const { withinMs } = place.limits;
      place.failuresMs = [...place.failuresMs.filter((time) => nowMs - time < withinMs), nowMs];
      place.restarts += 1;
      budget.take(cost);
    }
    if (decision.type === 'stop') place.status = 'over';
    if (decision.type === 'escalate') this.close();
    report(place, { ...decision, reason, restarts: place.restarts });
    switch (decision.type) {
      case 'resume':
        place.started();
        place.ward.resume();
        break;
      case 'restart':
        this.#recoveryOf(place)?.begin(this.#startable(decision.children, place), decision.afterMs);
        break;
      case 'stop':
        if (!isEnding) place.ward.end(reason);
        break;
      case 'escalate':
        escalate(place, reason, decision.why);
    }
    return decision.type;
  }

  // What has ended for good stays so, and what has not been started yet waits for its turn.
  #startable(children: readonly number[], failed: Place): readonly Place[] {
    return this.#places.filter(
      (place) =>
        place === failed || (children.includes(place.index) && place.status !== 'over' && place.hasRun),
    );
  }

  #recoveryOf(place: Place): Recovery | undefined {
    return this.#recoveries[this.#recoveries.length === 1 ? 0 : place.index];
  }
}

function directiveOf(strategy: Strategy | undefined, reason: EndReason): Directive {
  let directive: Directive = 'restart';
  const choose = strategy?.onFailure;
  if (choose === undefined) return directive;
  guarded(() => {
    const chosen = choose(reason);
    if (!DIRECTIVES.includes(chosen))
      throw new TypeError(
        `onFailure returned ${JSON.stringify(chosen)}; expected one of ${DIRECTIVES.join(', ')}; the actor is restarted`,
      );
    directive = chosen;
  });
  return directive;
}
