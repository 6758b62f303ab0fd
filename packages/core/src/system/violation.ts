// The error by which a peer is disconnected that sent what no peer sends. To find that it did is for those who read what it sent.
import { TroupeError } from '../errors.ts';

/** What the peer sent is nothing that a peer would send. */
export function violation(what: string): TroupeError {
  return new TroupeError('TROUPE_PROTOCOL_VIOLATION', `the peer was disconnected: ${what}`);
}
