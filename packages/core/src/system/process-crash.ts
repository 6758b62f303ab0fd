// A process of the system that was ended by an error nobody caught, as it told before it exited.
import type { Address } from '../address.ts';
import { bareError } from '../actor/failure.ts';

/** An error that nobody caught, and that ended the process of an actor. */
export interface ProcessCrash {
  /** The actor whose process it was. */
  readonly actor: Address;
  readonly pid: number;
  /** `'rejection'`: a promise was rejected, and nobody awaited it. */
  readonly origin: CrashOrigin;
  /** What was thrown, with the stack of that process. */
  readonly error: Error;
}

/** How the error came to nobody's hands: it was thrown, or a promise was rejected with it. */
export type CrashOrigin = 'exception' | 'rejection';

/** The same with an error that can travel. */
export function bareCrash(crash: ProcessCrash): ProcessCrash {
  return { ...crash, error: bareError(crash.error) };
}
