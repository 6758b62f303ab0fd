// Supervision is data and one pure function: earlier failures and the time go in, a decision comes out. Restarting,
// waiting and processes are elsewhere.
import { milliseconds, type Duration } from '../units.ts';
import { TroupeError } from '../errors.ts';

/** How a failed actor is treated; made by `oneForOne`. Plain data. */
export interface Strategy {
  readonly type: 'one-for-one';
  /** Most restarts within `withinMs`; one failure more and the actor ends. */
  readonly restarts: number;
  readonly withinMs: number;
  /** Pause before the first restart, in milliseconds; doubled for each further one within the window. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Share of the pause that is left to chance, 0 to 1, so that many actors that failed together do not return together. */
  readonly jitter: number;
}

/** How often and how soon a failed actor is restarted. */
export interface OneForOneOptions {
  /** Default 5. */
  readonly restarts?: number;
  /** Default `'10s'`. */
  readonly within?: Duration;
  /** First and longest pause before a restart. Default `['100ms', '10s']`; `[0, 0]` restarts at once. */
  readonly backoff?: readonly [first: Duration, longest: Duration];
  /** Default 0.2. */
  readonly jitter?: number;
}

/**
 * Only the failed actor is restarted, with fresh state from `init`; its mailbox is kept. With the defaults the pauses are
 * 100, 200, 400, 800 and 1600 ms (less up to a fifth); the sixth failure within 10 s ends the actor.
 */
export function oneForOne(options: OneForOneOptions = {}): Strategy {
  const [first, longest] = options.backoff ?? ['100ms', '10s'];
  const strategy: Strategy = {
    type: 'one-for-one',
    restarts: options.restarts ?? 5,
    withinMs: duration('within', options.within ?? '10s'),
    firstPauseMs: duration('backoff[0]', first),
    longestPauseMs: duration('backoff[1]', longest),
    jitter: options.jitter ?? 0.2,
  };
  if (!Number.isInteger(strategy.restarts) || strategy.restarts < 0)
    refuse('restarts', options.restarts, 'a whole number of restarts, 0 or more');
  if (!(strategy.jitter >= 0 && strategy.jitter <= 1))
    refuse('jitter', options.jitter, 'a number from 0 to 1');
  return strategy;
}

export type Decision =
  { readonly type: 'restart'; readonly afterMs: number } | { readonly type: 'stop'; readonly why: string };

/**
 * What to do about a failure at `nowMs`, given the times of the failures before it and a number from 0 to 1 by chance.
 * Pure: the same arguments give the same decision.
 */
export function decide(
  strategy: Strategy | undefined,
  earlierMs: readonly number[],
  nowMs: number,
  chance: number,
): Decision {
  if (strategy === undefined) return { type: 'stop', why: 'it has no supervision' };
  const recent = earlierMs.filter((time) => nowMs - time < strategy.withinMs).length;
  if (recent >= strategy.restarts)
    return {
      type: 'stop',
      why: `it failed ${String(recent + 1)} times within ${String(strategy.withinMs)} ms; ${String(strategy.restarts)} restarts are allowed`,
    };
  const pause = Math.min(strategy.firstPauseMs * 2 ** recent, strategy.longestPauseMs);
  return { type: 'restart', afterMs: pause * (1 - strategy.jitter * chance) };
}

function duration(option: string, value: Duration): number {
  return milliseconds(value) ?? refuse(option, value, "milliseconds, or a string such as '250ms' or '10s'");
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `oneForOne: ${option} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}
