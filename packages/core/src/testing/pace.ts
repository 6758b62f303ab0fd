// How a test waits: the contract of virtual and real time. Everything in the kit that has to wait for something goes through it.
// - `advance` lets a time pass, and what falls due in it happens
// - `settled` resolves when nothing is left to do at this instant
// - `until` resolves as soon as something is so, and rejects when it is not within a time
// - `carry` resolves with something that will come about by itself, and lets time pass for it when nothing else does

export interface Pace {
  /** Milliseconds since the system was created. */
  now(): number;
  advance(byMs: number): Promise<void>;
  settled(): Promise<void>;
  /** `late` makes the error for when it is not so in time. */
  until(isSo: () => boolean, withinMs: number, late: () => Error): Promise<void>;
  carry<T>(work: Promise<T>): Promise<T>;
}
