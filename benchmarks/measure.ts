// What a measure is: something that can be asked of contenders again and again, and gives one number each time.
import type { Contender } from './contender.ts';
import type { PayloadSize } from './payload.ts';

/** What one measurement of one contender gave. */
export interface Sample {
  /** In the unit of the measure. */
  readonly value: number;
  /** How many messages, asks, actors or processes it was taken of. */
  readonly count: number;
  /** Of times: what 99 % are below. */
  readonly p99?: number;
}

/** A contender that has been made ready for one measure. */
export interface Session {
  /** Measures for about `durationMs`. */
  readonly measure: (size: PayloadSize, durationMs: number) => Promise<Sample>;
  /** What gets its code compiled, where measuring alone is too leisurely to. */
  readonly exercise?: (size: PayloadSize, durationMs: number) => Promise<Sample>;
  readonly close: () => Promise<void>;
}

export interface Measure {
  /** As asked for on the command line. */
  readonly name: string;
  /** Heading of a table. */
  readonly title: string;
  /** What is done, for the reader of the table. */
  readonly meaning: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** Nothing but the passing of time is measured: contenders need not take turns. */
  readonly isPassive?: boolean;
  /** A measurement takes no less than this; default 0. */
  readonly leastMs?: number;
  /** Nothing in the process that measures gets faster by doing it more often. */
  readonly isCold?: boolean;
  /** Arguments of Node for the processes of the contender. */
  readonly execArgv?: readonly string[];
  /** Whether the contender offers what this needs. */
  fits(contender: Contender): boolean;
  /** Makes ready what the contender offers for this; undefined when it offers nothing. */
  open(contender: Contender): Promise<Session> | undefined;
}
