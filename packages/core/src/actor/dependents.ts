// What ends with the actor that has it: its children, in the order they were started.

/** One child, or several under one supervisor. */
export interface Dependent {
  stop(timeoutMs: number | undefined, drain: boolean): Promise<void>;
}

export class Dependents {
  // Most actors have none.
  #all: Set<Dependent> | undefined;

  add(dependent: Dependent): void {
    (this.#all ??= new Set()).add(dependent);
  }

  remove(dependent: Dependent): void {
    this.#all?.delete(dependent);
  }

  /** Stops all, the last first, for a later one may lean on an earlier one. */
  async stop(): Promise<void> {
    for (const dependent of this.#lastFirst) await dependent.stop(undefined, true);
    this.#all?.clear();
  }

  /** Ends all at once: the time of the actor is up, and theirs with it. */
  async end(): Promise<void> {
    await Promise.all(this.#lastFirst.map((dependent) => dependent.stop(0, false)));
    this.#all?.clear();
  }

  get #lastFirst(): readonly Dependent[] {
    return this.#all === undefined ? [] : [...this.#all].reverse();
  }
}
