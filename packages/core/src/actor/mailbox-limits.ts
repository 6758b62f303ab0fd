// The bounds of a mailbox, and what happens at them: what a user may say, checked and with the defaults filled in.
import { TroupeError } from '../errors.ts';
import { bytes as parseBytes, milliseconds, type Duration, type Size } from '../units.ts';
import { OVERFLOWS, type OverflowPolicy } from '../overflow-policy.ts';

/** Bounds of the messages that wait for an actor, counted for each process that sends. */
export interface MailboxOptions {
  /** Most messages that may wait; what becomes of one more is for `overflow` to say. Default 8192. */
  readonly capacity?: number;
  /** Most bytes of payload that may wait, as encoded; default `'64MiB'`. Messages within one process count as 0. */
  readonly maxBytes?: Size;
  /** What becomes of messages that find no room, and what `tell` returns; `OverflowPolicy` says it. Default `'backpressure'`. */
  readonly overflow?: OverflowPolicy;
  /**
   * How long a message may wait for its turn; default: as long as it takes. One that waited longer is not handled: it is a dead
   * letter `expired`, and its asker is rejected.
   */
  readonly timeToLive?: Duration;
}

/** Bounds of what may wait, resolved: every number is messages or bytes. */
export interface MailboxLimits {
  readonly capacity: number;
  readonly maxBytes: number;
  readonly overflow: OverflowPolicy;
  /** How long one may wait; undefined: as long as it takes. */
  readonly timeToLiveMs: number | undefined;
}

export const DEFAULT_LIMITS: MailboxLimits = {
  capacity: 8192,
  maxBytes: 64 * 1024 * 1024,
  overflow: 'backpressure',
  timeToLiveMs: undefined,
};

/** Checks mailbox options and fills in the defaults. */
export function resolveLimits(options: MailboxOptions | undefined, defaults: MailboxLimits): MailboxLimits {
  if (options === undefined) return defaults;
  const { capacity = defaults.capacity, overflow = defaults.overflow } = options;
  const maxBytes = options.maxBytes === undefined ? defaults.maxBytes : parseBytes(options.maxBytes);
  if (!Number.isInteger(capacity) || capacity < 1)
    throw refusal('capacity', options.capacity, 'a whole number of messages, 1 or more');
  if (maxBytes === undefined || maxBytes < 1)
    throw refusal('maxBytes', options.maxBytes, "bytes, or a string such as '64KiB' or '64MiB'");
  if (!OVERFLOWS.includes(overflow))
    throw refusal('overflow', overflow, OVERFLOWS.map((name) => `'${name}'`).join(' or '));
  const timeToLiveMs =
    options.timeToLive === undefined ? defaults.timeToLiveMs : milliseconds(options.timeToLive);
  if (options.timeToLive !== undefined && !isTimeToLive(timeToLiveMs))
    throw refusal('timeToLive', options.timeToLive, TIME_TO_LIVE);
  return { capacity, maxBytes, overflow, timeToLiveMs };
}

export const TIME_TO_LIVE = "milliseconds, from 1 to 24 days, or a string such as '250ms' or '5s'";

// What is further away than 2^31 ms cannot be told from what has passed.
const LONGEST_MS = 24 * 24 * 60 * 60 * 1000;

export function isTimeToLive(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= 1 && ms <= LONGEST_MS;
}

function refusal(option: string, value: unknown, expected: string): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `mailbox: ${option} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}
