// Times as C takes them: a `struct timespec` of 64-bit Linux. Durations and moments of the monotonic clock, which nobody sets.

/** Longest wait that is asked of the kernel at once, in milliseconds: a day. Infinity becomes this. */
const LONGEST_MS = 86_400_000;

const NANOSECONDS = 1_000_000_000n;

/** `timeoutMs` from any moment, as a `timespec`. Below 0 is 0. */
export function durationBytes(timeoutMs: number): BigInt64Array {
  return timespec(nanoseconds(timeoutMs));
}

/** The moment of CLOCK_MONOTONIC in `timeoutMs`, as a `timespec`. */
export function monotonicDeadlineBytes(timeoutMs: number): BigInt64Array {
  return timespec(process.hrtime.bigint() + nanoseconds(timeoutMs));
}

/** The moment of CLOCK_REALTIME in `timeoutMs`, as a `timespec`: for C libraries that know no other. */
export function realtimeDeadlineBytes(timeoutMs: number): BigInt64Array {
  return timespec(BigInt(Date.now()) * 1_000_000n + nanoseconds(timeoutMs));
}

function nanoseconds(timeoutMs: number): bigint {
  return BigInt(Math.round(Math.min(LONGEST_MS, Math.max(0, timeoutMs)) * 1_000_000));
}

function timespec(total: bigint): BigInt64Array {
  return BigInt64Array.of(total / NANOSECONDS, total % NANOSECONDS);
}
