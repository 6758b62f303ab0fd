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

  /** Stops all, the last first, for a later one may lean on an earlier one; also those that are started meanwhile. */
  async stop(): Promise<void> {
    for (let all = this.#lastFirst; all.length > 0; all = this.#lastFirst)
      for (const dependent of all) {
        await dependent.stop(undefined, true);
        this.remove(dependent);
      }
  }

  /** Ends all at once: the time of the actor is up, and theirs with it. */
  async end(): Promise<void> {
    for (let all = this.#lastFirst; all.length > 0; all = this.#lastFirst) {
      await Promise.all(all.map((dependent) => dependent.stop(0, false)));
      for (const dependent of all) this.remove(dependent);
    }
  }

  get #lastFirst(): readonly Dependent[] {
    return this.#all === undefined ? [] : [...this.#all].reverse();
  }
}
