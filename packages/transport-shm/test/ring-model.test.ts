// The ring is a queue: whatever is sent and received, in whichever order and sizes, and wherever the positions begin.
import { it } from '@jest/globals';
import fc from 'fast-check';
import { maxRingFrameBytes, recordBytes } from '../src/ring-buffer-layout.ts';
import { testRing } from './ring-fixture.ts';
import type { TestRing } from './ring-fixture.ts';

interface Queue {
  readonly capacityBytes: number;
  readonly frames: Buffer[];
  sent: number;
}

type Command = fc.Command<Queue, TestRing>;

/** Sends a frame of so many bytes, each of which tells the number of the frame. */
class Send implements Command {
  readonly #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  check({ capacityBytes }: Readonly<Queue>): boolean {
    return this.#bytes <= maxRingFrameBytes(capacityBytes);
  }

  run(queue: Queue, ring: TestRing): void {
    const frame = Buffer.alloc(this.#bytes, queue.sent);
    const usedBytes = queue.frames.reduce((sum, { length }) => sum + recordBytes(length), 0);
    const neededBytes = recordBytes(frame.length);
    if (ring.send(frame)) {
      queue.sent += 1;
      queue.frames.push(frame);
      if (usedBytes + neededBytes > queue.capacityBytes)
        throw new Error('more was taken than there is room for');
    } else if (usedBytes === 0) {
      throw new Error('an empty ring refused a frame');
    }
  }

  toString(): string {
    return `send(${this.#bytes})`;
  }
}

class Receive implements Command {
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  check(): boolean {
    return true;
  }

  run(queue: Queue, ring: TestRing): void {
    const received = ring.receive(this.#limit);
    if (received.length > this.#limit) throw new Error('more came than was asked for');
    if (received.length === 0 && queue.frames.length > 0)
      throw new Error('nothing came, but something is there');
    for (const frame of received) {
      if (queue.frames.shift()?.equals(frame) !== true) throw new Error('another frame came');
    }
  }

  toString(): string {
    return `receive(${this.#limit})`;
  }
}

const commands = fc.commands(
  [
    fc.nat(2040).map((bytes) => new Send(bytes)),
    fc.nat(120).map((bytes) => new Send(bytes)),
    fc.nat(24).map((bytes) => new Send(bytes)),
    fc.integer({ min: 1, max: 8 }).map((limit) => new Receive(limit)),
  ],
  { maxCommands: 300, size: 'max' },
);

it('behaves like a queue over any sizes and laps', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(64, 256, 4096),
      fc.constantFrom(0, 0x7fff_ff00, -512, 0x1234_5678 & -8),
      fc.nat(63),
      commands,
      (capacityBytes, near, steps, sequence) => {
        const ring = testRing(capacityBytes, (near + steps * 8) | 0);
        fc.modelRun(() => ({ model: { capacityBytes, frames: [], sent: 0 }, real: ring }), sequence);
      },
    ),
    { numRuns: 300 },
  );
});
