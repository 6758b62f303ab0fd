// What a program has asked to be called when its system is stopped: last one first, one after the other, each in the time that is
// left for its phase. One that throws or does not return holds up nobody but those of its own phase.
import { asError } from '../actor/failure.ts';
import type { Clock } from '../clock.ts';
import { isDoneWithin } from '../within.ts';
import type { FailedHook, Hung, ShutdownPhase } from './shutdown-report.ts';

/** What a hook is told. */
export interface ShutdownContext {
  /** `'stop'`, the name of the signal, or what `stop` was given. */
  readonly reason: string;
  /** Aborted when the time for the hook is up: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Called when the system is stopped; what it returns is awaited. */
export type ShutdownHook = (shutdown: ShutdownContext) => unknown;

export class ShutdownHooks {
  readonly failed: FailedHook[] = [];
  readonly hung: Hung[] = [];
  readonly #clock: Clock;
  readonly #pid: number;
  readonly #hooks = { before: new Map<number, ShutdownHook>(), after: new Map<number, ShutdownHook>() };
  #next = 0;

  constructor(clock: Clock, pid: number) {
    this.#clock = clock;
    this.#pid = pid;
  }

  /** Returns what takes it back. */
  add(phase: ShutdownPhase, hook: ShutdownHook): () => void {
    const number = (this.#next += 1);
    this.#hooks[phase].set(number, hook);
    return () => void this.#hooks[phase].delete(number);
  }

  has(phase: ShutdownPhase): boolean {
    return this.#hooks[phase].size > 0;
  }

  /** Calls those of `phase`, until `untilMs` at the latest. */
  async run(phase: ShutdownPhase, reason: string, untilMs: number): Promise<void> {
    const hooks = [...this.#hooks[phase].values()].reverse();
    for (const [index, hook] of hooks.entries()) {
      // One that hangs leaves the others their part of the time.
      const leftMs = Math.max(0, untilMs - this.#clock.now()) / (hooks.length - index);
      await this.#runOne(phase, hook, reason, leftMs);
    }
  }

  async #runOne(phase: ShutdownPhase, hook: ShutdownHook, reason: string, timeoutMs: number): Promise<void> {
    const given = new AbortController();
    const done = (async () => {
      await hook({ reason, signal: given.signal });
    })().catch((error: unknown) => void this.failed.push({ phase, error: asError(error) }));
    if (await isDoneWithin(this.#clock, timeoutMs, done)) return;
    this.hung.push({ kind: 'hook', name: phase, pid: this.#pid });
    given.abort();
  }
}
