// Those who wait for an actor that was stopped. It ends, or whoever looks after it has it stay: then it has been at rest, which
// is what they wait for too.
export class EndWaiters {
  readonly #waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The actor has ended. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The actor is at rest. Wakes them if `stays()`, and returns what that said; otherwise they wait for its end. */
  settle(stays: () => boolean): boolean {
    // Whoever comes while it is started again waits for the next stop.
    const waiting = this.#waiting.splice(0);
    const isToStay = stays();
    if (isToStay) for (const resolve of waiting) resolve();
    else this.#waiting.unshift(...waiting);
    return isToStay;
  }
}
