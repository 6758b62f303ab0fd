// What must not be refused on its way to one other node: replies, counts, notices of ends. A signal goes before messages, and
// waits here when the lane has no room; what it says is the exchange's concern.
import Denque from 'denque';
import type { FrameWriter } from '../transport/frame-writer.ts';
import type { Envelope } from '../wire/envelope.ts';
import { sendAheadOver, sendOver, type FramePacker } from './frame-packer.ts';

export class SignalLine {
  readonly #packer: FramePacker;
  readonly #onRoom: () => void;
  readonly #waiting = new Denque<Buffer>();
  #writer: FrameWriter | undefined;
  #isWaitingForRoom = false;
  #closed = false;

  /** `onRoom` is called when the lane has room again and no signal waits. */
  constructor(packer: FramePacker, onRoom: () => void) {
    this.#packer = packer;
    this.#onRoom = onRoom;
  }

  /** The lane to the peer is open: what waited goes. */
  open(writer: FrameWriter): void {
    this.#writer = writer;
    this.#pump();
  }

  /** Nothing can be sent any more. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  /** The lane, as long as anything can be sent over it. */
  get writer(): FrameWriter | undefined {
    return this.#closed ? undefined : this.#writer;
  }

  /** The lane, if a message may go over it now: no signal waits. */
  get writerForMessages(): FrameWriter | undefined {
    return this.#closed || !this.#waiting.isEmpty() ? undefined : this.#writer;
  }

  /**
   * Sends what must not be refused. When the value cannot travel, what `instead` makes of it goes, or with `failure` the
   * error that says why it cannot.
   */
  send(head: Envelope, value: unknown, instead?: () => unknown, failure?: Envelope): void {
    try {
      this.#pack(head, value);
    } catch (error) {
      if (failure !== undefined) this.#pack(failure, error);
      else this.#pack(head, instead?.());
    }
  }

  /** Sends what must not be refused, unless it cannot travel: then it throws. */
  sendOrThrow(head: Envelope, value: unknown): void {
    this.#pack(head, value);
  }

  /** Sends a signal that is packed already. */
  sendFrame(frame: Buffer): void {
    if (this.#closed) return;
    if (this.#waiting.isEmpty() && this.trySend(frame)) return;
    this.#waiting.push(frame);
    this.waitForRoom();
  }

  /**
   * The same for counts: they mean the same wherever they arrive, and a sender that is short of room waits for them. Everything
   * else has its place.
   */
  sendAhead(frame: Buffer): void {
    const writer = this.writer;
    if (writer !== undefined && !this.#packer.isPacking && sendAheadOver(writer, frame)) return;
    this.sendFrame(frame);
  }

  /** Sends a frame of any kind if the lane takes it now. */
  trySend(frame: Buffer): boolean {
    const writer = this.writer;
    // What a getter of a payload sends must not land in the claim that is being filled.
    if (writer === undefined || this.#packer.isPacking) return false;
    return sendOver(writer, frame);
  }

  /** Sends what waits; true when nothing does now. */
  pump(): boolean {
    for (let frame = this.#waiting.peekFront(); frame !== undefined; frame = this.#waiting.peekFront()) {
      if (!this.trySend(frame)) return false;
      this.#waiting.shift();
    }
    return true;
  }

  /** Goes on as soon as the lane has room. */
  waitForRoom(): void {
    const writer = this.writer;
    if (this.#isWaitingForRoom || writer === undefined) return;
    this.#isWaitingForRoom = true;
    writer.drained().then(
      () => {
        this.#isWaitingForRoom = false;
        if (!this.#closed) this.#pump();
      },
      () => undefined,
    );
  }

  #pump(): void {
    if (this.pump()) this.#onRoom();
    else this.waitForRoom();
  }

  #pack(head: Envelope, value: unknown): void {
    if (this.#closed) return;
    const writer = this.writerForMessages;
    if (writer !== undefined) {
      if (this.#packer.packSignal(writer, head, value)) return;
      const frame = this.#packer.takeLeftover();
      if (frame !== undefined) {
        this.sendFrame(frame);
        return;
      }
    }
    this.sendFrame(this.#packer.pack(head, value));
  }
}
