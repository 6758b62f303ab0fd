// Routes: a recipient and a message type that a lane has seen together have a number there, and the header of a message names
// both by it. Both ends of a lane keep the numbers in step by construction: the frame that gives one is itself a message, and
// frames of a lane arrive whole, in order, and once.
import { ROUTES } from '../wire/routed-header.ts';
import type { Inflow } from './inflow.ts';

/** A payload from which on the next of its route is expected to be as large. */
export const LARGE_BYTES = 4096;

/** Where messages of one type to one actor go, as the sender knows it. */
export class Route {
  readonly to: number;
  readonly type: string;
  /** By which the other end knows it; -1: the next message that is packed into the lane gives it one. */
  number = -1;
  /** Bytes of the last payload when it was large: as much room is asked for the next. */
  expectedBytes = 0;

  constructor(to: number, type: string) {
    this.to = to;
    this.type = type;
  }
}

/** The routes to one actor, by type. */
export class RoutesTo {
  readonly #actor: number;
  readonly #byType = new Map<string, Route>();
  // Looked at first, for messages of one type come in runs.
  #last: Route | undefined;

  constructor(actor: number) {
    this.#actor = actor;
  }

  /** The one that was asked for last. */
  get last(): Route | undefined {
    return this.#last;
  }

  of(type: string): Route {
    if (this.#last?.type === type) return this.#last;
    let route = this.#byType.get(type);
    if (route === undefined) {
      route = new Route(this.#actor, type);
      // Types may be made up by the thousand: those are not worth remembering.
      if (this.#byType.size < ROUTES) this.#byType.set(type, route);
    }
    this.#last = route;
    return route;
  }
}

/** The numbers a sender has given. When all are taken, the one given first is given anew. */
export class RouteNumbers {
  readonly #routes: (Route | undefined)[] = Array.from({ length: ROUTES }, () => undefined);
  #next = 0;

  /** The number that `take` will give. */
  get next(): number {
    return this.#next;
  }

  /** `route` has the next number from now on: the frame that says so was committed. */
  take(route: Route): void {
    const former = this.#routes[this.#next];
    if (former !== undefined) former.number = -1;
    this.#routes[this.#next] = route;
    route.number = this.#next;
    this.#next = (this.#next + 1) % ROUTES;
  }
}

/** A route as the reader knows it: what a message that names it has in its header, and who counts how it ends. */
export interface KnownRoute {
  readonly to: number;
  readonly type: string;
  readonly inflow: Inflow;
}
