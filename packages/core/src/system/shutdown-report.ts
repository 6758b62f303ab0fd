// What a shutdown comes to: how the messages of its time ended, who did not come to an end by itself, and what the process
// should exit with. How it goes on is `shutdown.ts`.
import type { AccountSnapshot } from './account.ts';

/** Somebody who had to be left behind, or was ended, because the time was up. */
export interface Hung {
  /** `'connection'`: to another program of the system, which did not take what was still to be said. */
  readonly kind: 'actor' | 'hook' | 'connection';
  /** Label of the actor, phase of the hook. */
  readonly name: string;
  /** The process it was in. */
  readonly pid: number;
}

/** A hook that threw, or whose promise was rejected. */
export interface FailedHook {
  readonly phase: ShutdownPhase;
  readonly error: Error;
}

/** When hooks are called: before the first actor is stopped, and after everything was ended and released. */
export type ShutdownPhase = 'before' | 'after';

/** The part of a report that the processes started from here have a share in. */
export interface FamilyReport {
  /** Messages sent by these processes that a handler was called for, since the shutdown began. */
  readonly processed: number;
  /** Likewise, that became dead letters. */
  readonly deadLettered: number;
  /** Likewise, that were under way to a process when it ended. */
  readonly lost: number;
  /** Likewise, that had reached another process, and whoever sent them ended before it was told what became of them there. */
  readonly unknown: number;
  /** Processes started from here, and by them, that ended in order and told their part, and those that did not. */
  readonly processes: { readonly reported: number; readonly silent: number };
  readonly hung: readonly Hung[];
}

/** How a system was stopped, in this process and in those started from here. */
export interface ShutdownReport extends FamilyReport {
  /** `'stop'`, the name of the signal, or what `stop` was given. */
  readonly reason: string;
  readonly tookMs: number;
  readonly failedHooks: readonly FailedHook[];
  /** 0 when everything was handled and nobody had to be ended; else `UNCLEAN_EXIT_CODE`. */
  readonly exitCode: number;
}

/** What a process exits with that was stopped by a signal when something was lost, hung, or a hook failed. */
export const UNCLEAN_EXIT_CODE = 70;

export const NOTHING: FamilyReport = {
  processed: 0,
  deadLettered: 0,
  lost: 0,
  unknown: 0,
  processes: { reported: 0, silent: 0 },
  hung: [],
};

/** What this process adds for the messages it has sent between the two. */
export function ownReport(before: AccountSnapshot, now: AccountSnapshot): FamilyReport {
  return {
    ...NOTHING,
    processed: now.delivered - before.delivered,
    deadLettered: now.dead - before.dead,
    lost: now.lost - before.lost,
    unknown: now.waiting,
  };
}

export function sumOf(left: FamilyReport, right: FamilyReport): FamilyReport {
  return {
    processed: left.processed + right.processed,
    deadLettered: left.deadLettered + right.deadLettered,
    lost: left.lost + right.lost,
    unknown: left.unknown + right.unknown,
    processes: {
      reported: left.processes.reported + right.processes.reported,
      silent: left.processes.silent + right.processes.silent,
    },
    hung: [...left.hung, ...right.hung],
  };
}

/** One sentence for the log. */
export function describeShutdown(report: ShutdownReport): string {
  const { reason, tookMs, lost, processes, hung, failedHooks } = report;
  const facts = [
    ...(lost > 0 ? [`${String(lost)} messages were lost`] : []),
    ...(processes.silent > 0 ? [`${String(processes.silent)} processes ended without a word`] : []),
    ...hung.map(({ kind, name, pid }) => `${kind} '${name}' in process ${String(pid)} hung`),
    ...failedHooks.map(({ phase, error }) => `a hook of '${phase}' failed: ${error.message}`),
  ];
  return `stopped (${reason}) in ${String(tookMs)} ms: ${facts.length === 0 ? 'everything was handled' : facts.join('; ')}`;
}

export function exitCodeOf(family: FamilyReport, failedHooks: readonly FailedHook[]): number {
  const isClean = family.lost + family.processes.silent + family.hung.length + failedHooks.length === 0;
  return isClean ? 0 : UNCLEAN_EXIT_CODE;
}
