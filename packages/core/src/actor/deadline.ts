// When the time of an ask is up, as a number that means the same in every process of a machine and fits a field of a header:
// milliseconds of the clock, whose zero is the machine's, modulo 2^32 and signed. What waits anywhere on its
// way grows no younger by that.

/** As long as it takes. */
export const NO_DEADLINE = 0;

// What is further away would seem to have passed: it is as good as none.
const FURTHEST_MS = 2 ** 31 - 1;

/** The deadline `timeoutMs` from `nowMs`. */
export function deadlineAfter(timeoutMs: number, nowMs: number): number {
  if (timeoutMs > FURTHEST_MS) return NO_DEADLINE;
  return Math.ceil(nowMs + timeoutMs) | 0 || 1;
}

/** Whole milliseconds until then, 0 or less when it has passed; Infinity without a deadline. */
export function timeLeft(deadline: number, nowMs: number): number {
  // Modulo 2^32, as a signed number: half of the circle lies ahead, half behind.
  return deadline === NO_DEADLINE ? Infinity : (deadline - Math.floor(nowMs)) | 0;
}
