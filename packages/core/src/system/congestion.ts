// Whether those who send to an actor in another process should wait for the lane, and those who do wait: it or the window has no
// room for another large message, or too much waits here, packed aside. What the mailbox holds is its gauge's matter.
import type { Gauge } from '../actor/gauge.ts';
import type { OutboxLink } from './outbox-link.ts';
import type { Route } from './routes.ts';
import type { Window } from './window.ts';

// More than this waiting for the lane, packed aside, makes the sender wait: what is packed in place later costs half as much.
const MOST_BYTES_ASIDE = 16 * 1024;

export class Congestion {
  readonly #window: Window;
  readonly #aside: Gauge;
  // There was no room, in the lane or the window, for another message as large as the last.
  #isBehind = false;
  #waiting: (() => void)[] = [];

  /** `aside` measures what waits here. */
  constructor(window: Window, aside: Gauge) {
    this.#window = window;
    this.#aside = aside;
  }

  /** Whether a sender should wait. */
  get isThere(): boolean {
    return this.#isBehind || this.#aside.bytes > MOST_BYTES_ASIDE;
  }

  /** Resolves when those who wait are woken. */
  over(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Looks whether there is room for another large message of `route`, the last one: a sender that waits for room packs the next
   * in place, one that does not packs it aside, which costs twice as much.
   */
  look(link: OutboxLink, route: Route | undefined): void {
    if (route === undefined) return;
    const lacksRoom = link.lacksRoom(route);
    // When the window is shut the next report opens it, and the outbox looks again.
    this.#isBehind = lacksRoom || !this.#window.isOpen(route.expectedBytes);
    if (lacksRoom) link.waitForRoom();
  }

  /** Forgets what the last look has shown; whether there was no room. */
  forget(): boolean {
    const wasBehind = this.#isBehind;
    this.#isBehind = false;
    return wasBehind;
  }

  /** Wakes everybody who waits, room or not. */
  wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
