// Waiting with a deadline that leaves no timer behind. What is to be done when it is late is the caller's concern.
import type { Clock, Timer } from './clock.ts';

/** True when `work` was done within `timeoutMs`, false when it was not; rejects when it does in time. */
export async function isDoneWithin(
  clock: Clock,
  timeoutMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = clock.after(timeoutMs, () => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    timer?.cancel();
  }
}
