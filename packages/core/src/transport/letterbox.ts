// What a transport can do for programs that are no nodes, in whatever language: let them send to a node, one letter at a time.
// What a letter says, and who gets it, is decided above.
import type { Transport } from './contract.ts';

/** A transport to which programs that are no nodes can send as well: to any node that has a letterbox. */
export interface LetterboxTransport extends Transport {
  /** Lets programs of this user, in any language, send to this node; docs/interop.md says how they find it. */
  openLetterbox(options: LetterboxOptions): Promise<Letterbox>;
}

/** Where a letterbox hangs, and who empties it. No callback throws. */
export interface LetterboxOptions {
  /** Directory, 0700 and owned by this user, where programs look for the letterbox. */
  readonly directory: string;
  /** Called once a letter: bytes that anybody may have written. `memory` may be read only during the call. */
  readonly onLetter: (memory: Buffer, start: number, end: number) => void;
  /** Called for what came that is neither a letter nor of any lane, in words. */
  readonly onGarbage: (what: string) => void;
  /** Called for what befell the letterbox, and what was done about it, in words. */
  readonly onWarning: (what: string) => void;
}

/** What `openLetterbox` opened. */
export interface Letterbox {
  /** Takes it down; what lies in it is gone. */
  close(): Promise<void>;
}

/** Whether programs that are no nodes can send over `transport`. */
export function hasLetterbox(transport: Transport): transport is LetterboxTransport {
  return 'openLetterbox' in transport;
}
