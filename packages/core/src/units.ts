// Durations and sizes as people write them. A number is milliseconds or bytes; a string names its unit.
import { TroupeError } from './errors.ts';

/** Milliseconds, or `'250ms'`, `'2s'`, `'5m'`, `'1h'`. */
export type Duration = number | string;
/** Bytes, or `'512B'`, `'64KiB'`, `'16MiB'`, `'1GiB'`. */
export type Size = number | string;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Milliseconds in `value`; undefined when it is no duration: negative, not a number, or an unknown unit. */
export function milliseconds(value: unknown): number | undefined {
  return amount(value, MILLISECONDS);
}

/** What an option takes of all durations. */
interface DurationBounds {
  /** Default 0. */
  readonly leastMs?: number;
  /** Default `false`: `Infinity` is one. */
  readonly isFinite?: boolean;
}

/** Milliseconds in an option of `operation`; undefined when it was left out. Throws TROUPE_CONFIGURATION. */
export function readDuration(
  operation: string,
  option: string,
  value: Duration,
  bounds?: DurationBounds,
): number;
export function readDuration(
  operation: string,
  option: string,
  value: Duration | undefined,
  bounds?: DurationBounds,
): number | undefined;
export function readDuration(
  operation: string,
  option: string,
  value: Duration | undefined,
  { leastMs = 0, isFinite = false }: DurationBounds = {},
): number | undefined {
  if (value === undefined) return undefined;
  const ms = milliseconds(value);
  if (ms !== undefined && ms >= leastMs && !(isFinite && ms === Infinity)) return ms;
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const least = leastMs > 0 ? `, ${String(leastMs)} or more` : '';
  throw new TroupeError(
    'TROUPE_CONFIGURATION',
    `${operation}: ${option} is ${shown}; expected milliseconds${least}, or a string such as '250ms' or '2s'`,
  );
}

/** Bytes in `value`; undefined when it is no size. */
export function bytes(value: unknown): number | undefined {
  return amount(value, BYTES);
}

function amount(value: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof value === 'number') return value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(value.trim()) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  return factor === undefined ? undefined : Number(digits) * factor;
}
