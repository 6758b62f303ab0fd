// The one decision of supervision, as a pure function: a failure, the failures before it and the time go in; what is to be done,
// with whom and why comes out. It knows no clock, no actor and no process.
import type { Directive, RestartLimits, Strategy } from './strategy.ts';

/**
 * When a child of a supervisor is started again. `permanent`: whenever it ended. `transient`: when it failed, not when it stopped
 * in order. `temporary`: never.
 */
export type RestartType = 'permanent' | 'transient' | 'temporary';

export const RESTART_TYPES: readonly RestartType[] = ['permanent', 'transient', 'temporary'];

/** Something that a supervisor was told of one of its children. */
export interface Failure {
  /** Place of the child among its siblings, from 0, and how many they are. */
  readonly child: number;
  readonly siblings: number;
  readonly restart: RestartType;
  readonly limits: RestartLimits;
  /** Whether it stopped in order, which for a permanent child is a failure too. */
  readonly isNormal: boolean;
  /** Whether there is a state to go on with. */
  readonly canResume: boolean;
  /** What the strategy's `onFailure` says. */
  readonly directive: Directive;
  /** Who is above: nobody, an actor that started it, or a supervisor, which fails when its child cannot be kept running. */
  readonly superior: 'none' | 'parent' | 'supervisor';
}

/** What went before, and when it is now. */
export interface Moment {
  /** Times of the earlier failures of this child that led to a restart, in milliseconds. */
  readonly earlierMs: readonly number[];
  readonly nowMs: number;
  /** A number from 0 to 1 by chance. */
  readonly chance: number;
  /** How long restarts are held back because there have been too many in this process. */
  readonly heldMs: number;
}

/**
 * What is done and, as `code`, why: `failure`: it failed. `normal-end`: it stopped in order, but is permanent. `storm`: as
 * `failure` or `normal-end`, and held back, because there are too many restarts in this process. `chosen`: the strategy's
 * `onFailure` said so. `unsupervised`: nobody is to restart it. `temporary`: it is never restarted. `completed`: it stopped
 * in order, as it may. `too-many`: it failed more often than its limits allow.
 */
export type Decision =
  | { readonly type: 'resume'; readonly code: 'chosen'; readonly why: string }
  | {
      readonly type: 'restart';
      readonly code: 'failure' | 'normal-end' | 'storm';
      /** Pause before it is started again, in milliseconds. */
      readonly afterMs: number;
      /** Places of all that are to be started again, in order. */
      readonly children: readonly number[];
    }
  | {
      readonly type: 'stop';
      readonly code: 'unsupervised' | 'temporary' | 'completed' | 'chosen' | 'too-many';
      readonly why: string;
    }
  | { readonly type: 'escalate'; readonly code: 'chosen' | 'too-many'; readonly why: string };

/** Every `code` of a decision; docs/supervision.md explains each. */
export const DECISION_CODES = [
  'failure',
  'normal-end',
  'storm',
  'chosen',
  'unsupervised',
  'temporary',
  'completed',
  'too-many',
] as const satisfies readonly Decision['code'][];

// 2 ** 64 times any pause is longer than the longest; without an end it would become infinite, and 0 times that is no number.
const MOST_DOUBLINGS = 64;

/** What to do about a failure. Pure: the same arguments give the same decision. */
export function decide(strategy: Strategy | undefined, failure: Failure, moment: Moment): Decision {
  const { restart, limits, isNormal, directive, superior } = failure;
  if (strategy === undefined) return { type: 'stop', code: 'unsupervised', why: 'it has no supervision' };
  if (isNormal && restart !== 'permanent')
    return { type: 'stop', code: 'completed', why: `it is ${restart} and stopped in order` };
  if (restart === 'temporary') return { type: 'stop', code: 'temporary', why: 'it is temporary' };
  if (!isNormal && directive === 'stop')
    return { type: 'stop', code: 'chosen', why: "the strategy's onFailure says stop" };
  if (!isNormal && directive === 'escalate')
    return superior === 'none'
      ? {
          type: 'stop',
          code: 'chosen',
          why: "the strategy's onFailure says escalate, and nobody is above it",
        }
      : { type: 'escalate', code: 'chosen', why: "the strategy's onFailure says escalate" };
  if (!isNormal && directive === 'resume' && failure.canResume)
    return { type: 'resume', code: 'chosen', why: "the strategy's onFailure says resume" };

  const recent = moment.earlierMs.filter((time) => moment.nowMs - time < limits.withinMs).length;
  if (recent >= limits.restarts) {
    const why = `it failed ${String(recent + 1)} times within ${String(limits.withinMs)} ms; ${String(limits.restarts)} restarts are allowed`;
    return { type: superior === 'supervisor' ? 'escalate' : 'stop', code: 'too-many', why };
  }
  const longest = Math.min(
    limits.firstPauseMs * 2 ** Math.min(recent, MOST_DOUBLINGS),
    limits.longestPauseMs,
  );
  const pauseMs = longest * (1 - limits.jitter * moment.chance);
  const isHeld = moment.heldMs > pauseMs;
  return {
    type: 'restart',
    code: isHeld ? 'storm' : isNormal ? 'normal-end' : 'failure',
    afterMs: isHeld ? moment.heldMs : pauseMs,
    children: affected(strategy.type, failure.child, failure.siblings),
  };
}

function affected(type: Strategy['type'], child: number, siblings: number): readonly number[] {
  if (type === 'one-for-one') return [child];
  const first = type === 'one-for-all' ? 0 : child;
  return Array.from({ length: siblings - first }, (_, index) => first + index);
}
