// Waiting in tests for a condition, with a watchdog that says what did not happen.
import { setTimeout as delay } from 'node:timers/promises';

const WATCHDOG_MS = 30_000;
const LOOK_MS = 5;

/** Resolves once `condition` holds; fails with `what` when it does not for long. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  watchdogMs = WATCHDOG_MS,
): Promise<void> {
  const deadlineMs = performance.now() + watchdogMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`it never came to be that ${what}`);
    await delay(LOOK_MS);
  }
}
