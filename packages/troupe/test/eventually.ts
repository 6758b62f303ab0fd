// Waiting in tests: for a condition, or for a promise, with a watchdog that says what did not happen.
import { setTimeout as delay } from 'node:timers/promises';

export { eventually } from '../../core/test/eventually.ts';

const WATCHDOG_MS = 20_000;

/** What `promise` gives; fails with `what` when it is not settled for long. */
export async function soon<T>(what: string, promise: Promise<T>, watchdogMs = WATCHDOG_MS): Promise<T> {
  const watchdog = new AbortController();
  const late = delay(watchdogMs, undefined, { signal: watchdog.signal }).then(() => {
    throw new Error(`it never happened: ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    watchdog.abort();
  }
}

/** The error `promise` rejects with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  const outcome: unknown = await soon(
    'the operation fails',
    promise.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  if (outcome === undefined) throw new Error('it was expected to fail, and did not');
  return outcome as Error & { readonly code?: string };
}
