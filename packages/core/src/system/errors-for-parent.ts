// What the process of an actor tells its parent of errors: of a start or a restart that did not work, and of the one that ends the process
// because nobody caught it.
import { asError, bareError } from '../actor/failure.ts';
import type { PeerLink } from './peer-link.ts';
import type { CrashOrigin } from './process-crash.ts';

/** An exception that nobody catches ends the process; the parent is told what it was. */
export function reportCrash(parent: PeerLink): void {
  process.on('uncaughtException', (error, origin) => {
    // A program that handles them itself has its reasons.
    if (process.listenerCount('uncaughtException') > 1) return;
    sendError(parent, origin === 'unhandledRejection' ? 'rejection' : 'exception', asError(error));
    process.exit(1);
  });
}

/** Tells the parent of an error; of one that cannot travel, at least what it says. */
export function sendError(parent: PeerLink, during: 'start' | 'restart' | CrashOrigin, error: Error): void {
  try {
    parent.send({ type: 'failed', during, error });
  } catch {
    parent.send({ type: 'failed', during, error: bareError(error) });
  }
}
