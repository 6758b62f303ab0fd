// What this transport can be told, and the refusal of everything else.
import { bytes, didYouMean, refuseUnknownOptions, wrongOption } from '@troupe/core/transport';
import type { Size } from '@troupe/core/transport';
import { MAX_CAPACITY_BYTES } from './ring-buffer-layout.ts';
import { SEGMENTS, isSegmentKind } from './ring-segment.ts';
import type { SegmentKind } from './ring-segment.ts';
import { WAKE_UPS, isWakeUp } from './wake-up/contract.ts';
import type { WakeUp } from './wake-up/contract.ts';

/** What `transport: { name: 'shm', ... }` takes beside the name. */
export interface ShmTransportOptions {
  /**
   * Memory of a lane's ring: how much may wait for the receiver. A power of two, in bytes or as a size such as `'4MiB'`,
   * from 16 KiB to 1 GiB, and the same in all processes of a system. Default 4 MiB.
   */
  readonly capacityBytes?: Size;
  /**
   * What the rings of lanes to this process lie in: `'memfd'`, sealed and without a name; `'posix'`, a name in /dev/shm
   * until the sender has attached; `'sysv'`, shmget. Each process may choose its own. Default `'memfd'`.
   */
  readonly segment?: SegmentKind;
  /**
   * How this process is woken: `'eventfd'`, `'fifo'` and `'signal'` by its event loop, `'futex'`, `'posix-sem'` and `'sysv-sem'`
   * through one waiter thread; `'spin'` never sleeps and takes a whole core. Each process may choose its own. Default
   * `'eventfd'`.
   */
  readonly wakeUp?: WakeUp;
  /**
   * Microseconds for which a receiver keeps looking after the last frame before it sleeps: the next frame then costs no
   * system call, and the processor is not left alone meanwhile. A sender that waits for room looks four times as long. From 0,
   * sleep at once, to 100000. Default 50.
   */
  readonly awakeMicroseconds?: number;
}

export interface LaneOptions {
  readonly capacityBytes: number;
  readonly awakeMs: number;
  readonly segment: SegmentKind;
  readonly wakeUp: WakeUp;
}

const KNOWN = ['capacityBytes', 'segment', 'wakeUp', 'awakeMicroseconds'] as const;
const SMALLEST_RING_BYTES = 16 * 1024;
// Room for three messages of 1 MiB, which then travel in one piece.
const DEFAULT_CAPACITY_BYTES = 4 * 1024 * 1024;
const DEFAULT_AWAKE_MICROSECONDS = 50;
const MAX_AWAKE_MICROSECONDS = 100_000;

export function readLaneOptions(transport: string, options: Readonly<Record<string, unknown>>): LaneOptions {
  refuseUnknownOptions(transport, options, KNOWN);
  return {
    capacityBytes: readCapacity(transport, options['capacityBytes']),
    awakeMs: readAwake(transport, options['awakeMicroseconds']) / 1000,
    segment: readChoice(transport, 'segment', options['segment'], isSegmentKind, SEGMENTS),
    wakeUp: readChoice(transport, 'wakeUp', options['wakeUp'], isWakeUp, WAKE_UPS),
  };
}

/** The first of `choices` is the default. */
function readChoice<Choice extends string>(
  transport: string,
  option: string,
  given: unknown,
  isChoice: (value: unknown) => value is Choice,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (given === undefined) return choices[0];
  if (isChoice(given)) return given;
  const hint = typeof given === 'string' ? didYouMean(given, choices) : '';
  throw wrongOption(transport, option, `one of ${choices.join(', ')}`, given, hint);
}

function readCapacity(transport: string, given: unknown): number {
  if (given === undefined) return DEFAULT_CAPACITY_BYTES;
  const capacityBytes = bytes(given);
  if (capacityBytes !== undefined && isLaneCapacity(capacityBytes)) return capacityBytes;
  throw wrongOption(transport, 'capacityBytes', 'a power of two from 16KiB to 1GiB', given);
}

/** Whether a lane may have a ring of this size. */
export function isLaneCapacity(capacityBytes: number): boolean {
  return (
    capacityBytes >= SMALLEST_RING_BYTES &&
    capacityBytes <= MAX_CAPACITY_BYTES &&
    Number.isInteger(Math.log2(capacityBytes))
  );
}

function readAwake(transport: string, given: unknown): number {
  if (given === undefined) return DEFAULT_AWAKE_MICROSECONDS;
  if (typeof given === 'number' && given >= 0 && given <= MAX_AWAKE_MICROSECONDS) return given;
  throw wrongOption(transport, 'awakeMicroseconds', `a number from 0 to ${MAX_AWAKE_MICROSECONDS}`, given);
}
