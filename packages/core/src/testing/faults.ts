// What may go wrong in a simulated system, how often, and what has. When each happens is drawn from the seed, message by message;
// how it looks to those concerned is in `faulty-lane.ts` and `arrivals.ts`.
import { TroupeError } from '../errors.ts';
import { milliseconds, type Duration } from '../units.ts';

/** How often what goes wrong between simulated processes, as parts of 1; nothing by default. */
export interface Faults {
  /** The process that is given a message is killed: before the message is handled, or behind. */
  readonly crash?: number;
  /** A message is lost on its way, or the answer to an ask is; both are accounted for. */
  readonly drop?: number;
  /** How long a message takes to the other process, least and most; order is kept. Default: no time. */
  readonly delay?: Duration | readonly [Duration, Duration];
  /** A lane takes nothing for a while, up to 50 ms: what is told meanwhile waits under the bound of the mailbox. */
  readonly full?: number;
}

/** Something that went wrong because the seed said so, or the test. */
export interface Fault {
  readonly kind: 'crash' | 'drop' | 'drop-answer' | 'full';
  /** Milliseconds of the system's time. */
  readonly atMs: number;
  /** The process concerned. */
  readonly pid: number;
  /** Type of the message, when it was about one. */
  readonly type: string | undefined;
}

/** The faults, resolved. */
export interface FaultRates {
  readonly crash: number;
  readonly drop: number;
  readonly full: number;
  readonly leastDelayMs: number;
  readonly mostDelayMs: number;
}

/** Longest time that a full lane stays so. */
export const LONGEST_FULL_MS = 50;

const KEYS = ['crash', 'delay', 'drop', 'full'];

/** Throws TROUPE_CONFIGURATION. */
export function resolveFaults(faults: Faults): FaultRates {
  for (const key of Object.keys(faults))
    if (!KEYS.includes(key)) throw wrong(key, faults[key as keyof Faults], `one of ${KEYS.join(', ')}`);
  const { delay = 0 } = faults;
  const [least, most] = (typeof delay === 'object' ? delay : [delay, delay]).map(milliseconds);
  if (least === undefined || most === undefined || least > most || most === Infinity)
    throw wrong('delay', delay, "a duration, or two, the least first: ['1ms', '50ms']");
  return {
    crash: rateOf('crash', faults.crash),
    drop: rateOf('drop', faults.drop),
    full: rateOf('full', faults.full),
    leastDelayMs: least,
    mostDelayMs: most,
  };
}

function rateOf(name: string, value = 0): number {
  if (value >= 0 && value <= 1) return value;
  throw wrong(name, value, 'a part of 1, from 0 to 1');
}

function wrong(name: string, value: unknown, expected: string): TroupeError {
  return new TroupeError(
    'TROUPE_CONFIGURATION',
    `createTestSystem: faults.${name} is ${JSON.stringify(value)}; expected ${expected}`,
  );
}
