// One side of a codec at a time, as a lane uses it: messages are packed one behind the other into memory that is used again and
// again, and unpacked in that order.
import { Packr } from 'msgpackr';
import { createCodec } from '../../packages/core/src/wire/codec.ts';
import {
  routeNumber,
  ROUTED_TELL_BYTES,
  writeRoutedTell,
} from '../../packages/core/src/wire/routed-header.ts';
import { payloadOf, type Item, type Payload, type PayloadSize } from '../payload.ts';
import { Tally } from '../tally.ts';

export type CodecName = 'troupe' | 'msgpackr';

interface Subject {
  /** Returns where the packed bytes end. */
  pack(item: Item, memory: Buffer, offset: number): number;
  unpack(memory: Buffer, start: number, end: number): Item;
}

// As much as a lane has, and as many messages as there have to be.
const LANE_BYTES = 1024 * 1024;
const FIRST_MESSAGES = 8;
const LEAST_MESSAGES = FIRST_MESSAGES + 2;
// So much that reading the clock weighs nothing, so little that one turn takes less than a measurement.
const TURN_BYTES = 64 * 1024;
const OVERHEAD_BYTES = 256;
const SLACK_BYTES = 4096;

type Step = () => void;

/** A lane that was made for messages of one size, and goes on where it was left: what it has learnt it need not learn again. */
const lanes = new Map<string, Step>();

/** Messages a second that one process packs. */
export function packRate(name: CodecName, size: PayloadSize, durationMs: number): number {
  return rate(
    kept(`pack ${name} ${size}`, () => packing(SUBJECTS[name](), payloadOf(size))),
    size,
    durationMs,
  );
}

/** Messages a second that one process unpacks. */
export function unpackRate(name: CodecName, size: PayloadSize, durationMs: number): number {
  return rate(
    kept(`unpack ${name} ${size}`, () => unpacking(SUBJECTS[name](), payloadOf(size))),
    size,
    durationMs,
  );
}

function kept(name: string, make: () => Step): Step {
  const step = lanes.get(name) ?? make();
  lanes.set(name, step);
  return step;
}

function packing(subject: Subject, payload: Payload): Step {
  const { memory, usedBytes, room } = lane(payload);
  let id = 0;
  let offset = 0;
  return () => {
    if (offset + room > usedBytes) offset = 0;
    offset = subject.pack({ id, payload }, memory, offset);
    id += 1;
  };
}

function unpacking(subject: Subject, payload: Payload): Step {
  const { memory, usedBytes, room } = lane(payload);
  const ends = [0];
  for (let id = 0; ; id += 1) {
    const offset = ends[id] ?? 0;
    if (offset + room > usedBytes) break;
    ends.push(subject.pack({ id, payload }, memory, offset));
  }
  const tally = new Tally('any');
  let next = 0;
  return () => {
    // The first ones say what shape all have; the others come round and round.
    if (next === ends.length - 1) next = Math.min(FIRST_MESSAGES, ends.length - 2);
    tally.add(subject.unpack(memory, ends[next] ?? 0, ends[next + 1] ?? 0));
    next += 1;
  };
}

function lane(payload: Payload): { memory: Buffer; usedBytes: number; room: number } {
  const room = payload.length + OVERHEAD_BYTES;
  const usedBytes = Math.max(LANE_BYTES, room * LEAST_MESSAGES);
  // A codec may want more behind a message than it comes to use.
  return { memory: Buffer.allocUnsafeSlow(usedBytes + room + SLACK_BYTES), usedBytes, room };
}

function rate(step: Step, size: PayloadSize, durationMs: number): number {
  const turn = Math.ceil(TURN_BYTES / payloadOf(size).length);
  const startedAt = performance.now();
  for (let count = turn; ; count += turn) {
    for (let left = turn; left > 0; left -= 1) step();
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= durationMs) return (count * 1000) / elapsedMs;
  }
}

const TYPE = 'item';
const ROUTE = 1;

const SUBJECTS: Readonly<Record<CodecName, () => Subject>> = {
  troupe() {
    const codec = createCodec({ reviveRef: (address) => address });
    return {
      // As all but the first message of a type to an actor.
      pack(item, memory, offset) {
        const start = writeRoutedTell(memory, offset, ROUTE, false);
        return codec.encodeInto(item, memory, start, memory.length - start);
      },
      unpack(memory, start, end) {
        if (routeNumber(memory, start) !== ROUTE) throw new Error('no frame');
        return codec.decode(memory, start + ROUTED_TELL_BYTES, end) as Item;
      },
    };
  },
  msgpackr() {
    const packr = new Packr({ sequential: true });
    const unpackr = new Packr({ sequential: true });
    return {
      pack({ id, payload }, memory, offset) {
        const packed = packr.pack({ type: TYPE, id, payload });
        memory.set(packed, offset);
        return offset + packed.length;
      },
      unpack: (memory, start, end) => unpackr.unpack(memory, { start, end }) as Item,
    };
  },
};
