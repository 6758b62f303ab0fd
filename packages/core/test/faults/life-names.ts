// What the process at the other end of a lane can live through; life.ts has what each is.
import { hasLetterbox } from '@troupe/core/transport';
import type { Transport } from '@troupe/core/transport';

/** Those in which less happens stand first: there a step is passed for certain, in others two may race for it. */
const LIVES = ['absent', 'drainer', 'sender', 'receiver', 'letterbox'] as const;
export type Life = (typeof LIVES)[number];

/** The lives a process can have over `transport`. */
export function livesOver(transport: Transport): readonly Life[] {
  return LIVES.filter((life) => life !== 'letterbox' || hasLetterbox(transport));
}
