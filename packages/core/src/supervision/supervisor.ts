// Looks after one actor: keeps the history of its failures, asks the strategy, and carries out what it says.
import type { EndReason } from '../actor/end-reason.ts';
import { describeReason } from '../actor/end-reason.ts';
import type { Clock, Timer } from '../clock.ts';
import { decide, type Strategy } from './strategy.ts';

export interface SupervisorOptions {
  readonly strategy: Strategy | undefined;
  readonly clock: Clock;
  /** A number from 0 to 1. */
  readonly chance: () => number;
  readonly restart: () => void;
  /** The actor is not restarted any more. */
  readonly giveUp: (reason: EndReason) => void;
  /** Told of every decision, for the log and for those who listen. */
  readonly report: (decision: SupervisorReport) => void;
}

export type SupervisorReport =
  | {
      readonly type: 'restart';
      readonly reason: EndReason;
      readonly afterMs: number;
      readonly restarts: number;
    }
  | { readonly type: 'stop'; readonly reason: EndReason; readonly why: string };

export class Supervisor {
  readonly #options: SupervisorOptions;
  #failuresMs: number[] = [];
  #restarts = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** How often the actor was restarted. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The actor failed, or its process ended unasked. */
  failed(reason: EndReason): void {
    if (this.#closed) return;
    const { strategy, clock, chance, restart, giveUp, report } = this.#options;
    const now = clock.now();
    const decision = decide(strategy, this.#failuresMs, now, chance());
    if (decision.type === 'stop') {
      this.#closed = true;
      report({ type: 'stop', reason, why: decision.why });
      giveUp(reason);
      return;
    }
    // What is older than the window can never count again.
    this.#failuresMs = this.#failuresMs.filter((time) => now - time < (strategy?.withinMs ?? 0));
    this.#failuresMs.push(now);
    this.#restarts += 1;
    report({ type: 'restart', reason, afterMs: decision.afterMs, restarts: this.#restarts });
    if (decision.afterMs === 0) restart();
    else this.#timer = clock.after(decision.afterMs, restart);
  }

  /** The actor is being stopped: nothing is restarted any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }
}

/** One line about a decision, for the log. */
export function describeDecision(actor: string, report: SupervisorReport): string {
  const cause = describeReason(report.reason);
  return report.type === 'restart'
    ? `${actor} is restarted in ${String(Math.round(report.afterMs))} ms (restart ${String(report.restarts)}): ${cause}`
    : `${actor} is not restarted: ${cause}; ${report.why}`;
}
