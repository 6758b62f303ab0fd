// The error of an expectation that was not met: it names the seed, without which nobody could see it again, and the line of the
// test that expected something.
import { TroupeError } from '../errors.ts';

/** Where in the test a wait began. */
export interface Site {
  readonly stack?: string;
}

/** The place from which the function that calls this was called. */
export function caller(): Site {
  const site = {};
  Error.captureStackTrace(site, caller);
  return site;
}

/** `seed` is undefined with real processes. */
export function testFailed(seed: number | undefined, what: string, site?: Site): TroupeError {
  const again =
    seed === undefined ? '' : ` (seed ${String(seed)}; TROUPE_TEST_SEED=${String(seed)} runs it again)`;
  const error = new TroupeError('TROUPE_TEST_FAILED', `${what}${again}`, {
    details: seed === undefined ? {} : { seed },
  });
  // By the time it is too late nobody of the test is on the stack any more.
  const frames = site?.stack?.split('\n').slice(2);
  if (frames !== undefined) error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n');
  return error;
}
