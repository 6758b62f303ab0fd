// A strategy is data: which actors are started again when one fails, how often, how soon, and who may say otherwise. What
// follows from it is `decide`; restarting, waiting and processes are elsewhere.
import type { EndReason } from '../actor/end-reason.ts';
import { TroupeError } from '../errors.ts';
import { readDuration, type Duration } from '../units.ts';

/** What is to be done about a failure: go on with the state as it is, start again, end the actor, or let who is above decide. */
export type Directive = 'resume' | 'restart' | 'stop' | 'escalate';

export const DIRECTIVES: readonly Directive[] = ['resume', 'restart', 'stop', 'escalate'];

/** How often and how soon one actor is restarted. */
export interface RestartLimits {
  /** Most restarts within `withinMs`; one failure more and it is given up. */
  readonly restarts: number;
  readonly withinMs: number;
  /** Pause before the first restart, in milliseconds; doubled for each further one within the window. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Share of the pause that is left to chance, 0 to 1, so that many actors that failed together do not return together. */
  readonly jitter: number;
}

/** How failed actors are treated; made by `oneForOne`, `oneForAll` and `restForOne`. */
export interface Strategy<
  Type extends 'one-for-one' | 'one-for-all' | 'rest-for-one' =
    'one-for-one' | 'one-for-all' | 'rest-for-one',
> extends RestartLimits {
  readonly type: Type;
  readonly onFailure: ((reason: EndReason) => Directive) | undefined;
}

/** How often and how soon an actor is restarted. */
export interface RestartOptions {
  /** Default 5. */
  readonly restarts?: number;
  /** Default `'10s'`. */
  readonly within?: Duration;
  /** First and longest pause before a restart. Default `['100ms', '10s']`; `[0, 0]` restarts at once. */
  readonly backoff?: readonly [first: Duration, longest: Duration];
  /** Default 0.2. */
  readonly jitter?: number;
}

/** What `oneForOne`, `oneForAll` and `restForOne` take. */
export interface StrategyOptions extends RestartOptions {
  /**
   * Chooses by the reason of a failure; default `'restart'`. Called in the process that supervises: an error of another one
   * is recognised by its `name` or `code`. `'resume'` of what has no state left, because its `init` or its
   * process failed, is a restart.
   */
  readonly onFailure?: (reason: EndReason) => Directive;
}

const DEFAULTS: RestartLimits = {
  restarts: 5,
  withinMs: 10_000,
  firstPauseMs: 100,
  longestPauseMs: 10_000,
  jitter: 0.2,
};

/**
 * Only the failed actor is restarted, with fresh state from `init`; its mailbox is kept. With the defaults the pauses are
 * 100, 200, 400, 800 and 1600 ms (less up to a fifth); the sixth failure within 10 s ends the actor.
 */
export function oneForOne(options: StrategyOptions = {}): Strategy<'one-for-one'> {
  return strategy('one-for-one', 'oneForOne', options);
}

/** All children of a supervisor are restarted when one fails: for those that cannot do without each other. */
export function oneForAll(options: StrategyOptions = {}): Strategy<'one-for-all'> {
  return strategy('one-for-all', 'oneForAll', options);
}

/** The failed child of a supervisor is restarted, and those that were started after it: for those that build on earlier ones. */
export function restForOne(options: StrategyOptions = {}): Strategy<'rest-for-one'> {
  return strategy('rest-for-one', 'restForOne', options);
}

/** Checks options and fills in what is left out. `operation` is named when one is refused. */
export function resolveRestartLimits(
  operation: string,
  options: RestartOptions,
  defaults: RestartLimits = DEFAULTS,
): RestartLimits {
  const [first, longest] = options.backoff ?? [defaults.firstPauseMs, defaults.longestPauseMs];
  const { restarts = defaults.restarts, jitter = defaults.jitter } = options;
  if (!Number.isInteger(restarts) || restarts < 0)
    refuse(operation, 'restarts', restarts, 'a whole number of restarts, 0 or more');
  if (!(jitter >= 0 && jitter <= 1)) refuse(operation, 'jitter', jitter, 'a number from 0 to 1');
  return {
    restarts,
    withinMs: readDuration(operation, 'within', options.within ?? defaults.withinMs),
    firstPauseMs: readDuration(operation, 'backoff[0]', first),
    longestPauseMs: readDuration(operation, 'backoff[1]', longest),
    jitter,
  };
}

function strategy<Type extends Strategy['type']>(
  type: Type,
  operation: string,
  options: StrategyOptions,
): Strategy<Type> {
  const { onFailure } = options;
  if (onFailure !== undefined && typeof onFailure !== 'function')
    refuse(operation, 'onFailure', onFailure, 'a function of the reason');
  return { type, ...resolveRestartLimits(operation, options), onFailure };
}

function refuse(operation: string, option: string, value: unknown, expected: string): never {
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `${operation}: ${option} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}
