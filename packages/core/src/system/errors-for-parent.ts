// What the process of an actor tells its parent of errors: of a start or a restart that did not work, of the one that ends the
// process because nobody caught it, and of those that are the reason of something else.
import { asError, bareError } from '../actor/failure.ts';
import type { ControlMessage } from '../control/control-message.ts';
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
  tellParent(parent, { type: 'failed', during, error }, () => ({
    type: 'failed',
    during,
    error: bareError(error),
  }));
}

/** Tells the parent what may have an error in it that cannot travel; then it is told `bare`. */
export function tellParent(parent: PeerLink, message: ControlMessage, bare: () => ControlMessage): void {
  try {
    parent.send(message);
  } catch {
    parent.send(bare());
  }
}
