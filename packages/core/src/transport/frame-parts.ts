// The sending of one frame that is larger than the lane takes: as many parts as there is room for at once, and a copy of the
// rest, which goes out later. When that is, and what may not be sent meanwhile, is FrameWriter's matter.
import type { LaneSender } from './contract.ts';
import { copyPieces, sendPart } from './fragmentation.ts';

const NOTHING = new Uint8Array(0);

/** What is left to send of a frame; the copy is the only memory a sending end has of its own. */
export class FrameRest {
  readonly #bytes: Buffer;
  readonly #totalBytes: number;
  #position: number;

  /** Of the frame that is `head`, then `rest`, what comes after `position`. */
  constructor(head: Uint8Array, rest: Uint8Array, position: number) {
    this.#totalBytes = head.length + rest.length;
    this.#bytes = Buffer.allocUnsafeSlow(this.#totalBytes - position);
    this.#position = position;
    copyPieces(head, rest, position, this.#totalBytes, this.#bytes, 0);
  }

  get isSent(): boolean {
    return this.#position === this.#totalBytes;
  }

  /** Sends the next part; false when the lane is full. */
  sendNext(lane: LaneSender, maxFrameBytes: number): boolean {
    const next = sendPart(lane, maxFrameBytes, this.#bytes, NOTHING, this.#position, this.#totalBytes);
    if (next < 0) return false;
    this.#position = next;
    return true;
  }
}

/** Sends as many parts of the frame that is `head`, then `rest`, as there is room for; the position after the last of them. */
export function sendFirstParts(
  lane: LaneSender,
  maxFrameBytes: number,
  head: Uint8Array,
  rest: Uint8Array,
): number {
  const totalBytes = head.length + rest.length;
  let position = 0;
  while (position < totalBytes) {
    const next = sendPart(lane, maxFrameBytes, head, rest, position, totalBytes);
    if (next < 0) break;
    position = next;
  }
  return position;
}
