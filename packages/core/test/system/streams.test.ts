// Streams over a link: what is granted, what a peer may not do, and that nothing of a stream stays behind.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isStreamAsker, MAX_WINDOW, type StreamAsker } from '../../src/actor/asker.ts';
import { NO_DEADLINE } from '../../src/actor/deadline.ts';
import * as envelope from '../../src/wire/envelope.ts';
import * as routed from '../../src/wire/routed-header.ts';
import { aside, pair, packFrame, Sums, type Pair } from './two-ends.ts';

/** A reader that keeps what it is told, and takes a certain number of items. */
class Reader implements StreamAsker {
  readonly wants = 'items';
  readonly deadline = NO_DEADLINE;
  readonly window: number;
  abandoned = false;
  onAbandon: (() => void) | undefined;
  onGrant: ((count: number) => void) | undefined;
  readonly items: unknown[] = [];
  end: unknown;
  granted: number;

  constructor(window: number) {
    this.window = this.granted = window;
  }

  item(value: unknown): boolean {
    this.granted -= 1;
    if (this.granted >= 0) this.items.push(value);
    return this.granted >= 0;
  }

  resolve(): void {
    this.end = 'end';
  }

  reject(error: unknown): void {
    this.end = error;
  }
}

/** Asks for a stream, and gives the reader at the other end. */
function ask({ far, outboxTo, pass }: Pair, reader: Reader, correlation = 7): StreamAsker {
  const outbound = { asker: reader, correlation, window: reader.window };
  expect(outboxTo(3).send('lines', 'a file', outbound, new Sums(), 0, false, packFrame)).toBe(true);
  pass();
  const asker = far.received.at(-1)?.asker;
  if (asker === undefined || !isStreamAsker(asker)) throw new Error('no stream was asked for');
  return asker;
}

/** A frame that a peer sends, whatever its own state. */
function frame(kind: number, correlation: number, { from = 0, amount = 0, type = '' } = {}): Buffer {
  const bytes = Buffer.alloc(envelope.headerBytes(type) + 1);
  const start = envelope.writeHeader(bytes, 0, {
    ...envelope.EMPTY_ENVELOPE,
    kind,
    type,
    to: 3,
    from,
    correlation,
    amount,
  });
  bytes.set(aside.encode(1), start);
  return bytes.subarray(0, start + 1);
}

const violation = expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' });

describe('a stream over a link', () => {
  it('brings items in order, and more once they are granted', () => {
    const ends = pair();
    const reader = new Reader(2);
    const far = ask(ends, reader);
    expect(far.window).toBe(2);
    expect([far.item('a'), far.item('b'), far.item('c')]).toEqual([true, true, false]);
    ends.pass();
    expect(reader.items).toEqual(['a', 'b']);
    const grants: number[] = [];
    far.onGrant = (count) => void grants.push(count);
    reader.granted += 3;
    reader.onGrant?.(3);
    ends.pass();
    expect(grants).toEqual([3]);
    expect([far.item('c'), far.item({ d: [4] })]).toEqual([true, true]);
    far.resolve(undefined);
    ends.pass();
    expect(reader.items).toEqual(['a', 'b', 'c', { d: [4] }]);
    expect(reader.end).toBe('end');
    ends.far.exchange.close();
  });

  it('ends with an error of the other end, and when its reader leaves', () => {
    const ends = pair();
    const [failed, left] = [new Reader(4), new Reader(4)];
    ask(ends, failed, 1).reject(new RangeError('not today'));
    const far = ask(ends, left, 2);
    let hasLeft = false;
    far.onAbandon = () => (hasLeft = true);
    left.onAbandon?.();
    ends.pass();
    expect(failed.end).toEqual(new RangeError('not today'));
    expect(hasLeft).toBe(true);
    // What is still under way then finds nobody, and harms nobody.
    far.item('late');
    far.resolve(undefined);
    ends.pass();
    expect(left.items).toEqual([]);
    expect(left.end).toBeUndefined();
    ends.far.exchange.close();
  });

  it('refuses an item that cannot travel, and takes the next', () => {
    const ends = pair();
    const reader = new Reader(2);
    const far = ask(ends, reader);
    expect(() => far.item(() => 1)).toThrow(expect.objectContaining({ code: 'TROUPE_NOT_SERIALIZABLE' }));
    far.item('b');
    ends.pass();
    expect(reader.items).toEqual(['b']);
    ends.far.exchange.close();
  });

  it('is asked for in the middle of messages of the same kind', () => {
    const ends = pair();
    const outbox = ends.outboxTo(3);
    const tell = (): unknown => outbox.send('lines', 1, undefined, new Sums(), 0, false, packFrame);
    tell();
    for (let correlation = 1; correlation <= 3; correlation += 1) {
      const outbound = { asker: new Reader(correlation), correlation, window: correlation };
      outbox.send('lines', 2, outbound, new Sums(), 0, false, packFrame);
      tell();
    }
    ends.pass();
    expect(ends.far.received.map(({ type, payload, asker }) => [type, payload, asker?.wants])).toEqual([
      ['lines', 1, undefined],
      ['lines', 2, 'items'],
      ['lines', 1, undefined],
      ['lines', 2, 'items'],
      ['lines', 1, undefined],
      ['lines', 2, 'items'],
      ['lines', 1, undefined],
    ]);
  });
});

describe('a peer', () => {
  it('has an error or its way, whatever frames it sends, and no reader more than it takes', () => {
    const field = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 0xffffffff }));
    const frames = fc.array(
      fc.record({
        kind: fc.integer({ min: 0, max: routed.ROUTED_ASK + 1 }),
        correlation: fc.integer({ min: 0, max: 3 }),
        from: field,
        amount: field,
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(frames, (sent) => {
        const ends = pair();
        const readers = [new Reader(1), new Reader(5)];
        for (const [correlation, reader] of readers.entries()) ask(ends, reader, correlation);
        try {
          for (const { kind, correlation, ...rest } of sent) {
            const bytes = frame(kind, correlation, { ...rest, type: 'lines' });
            ends.near.exchange.receive(bytes, 0, bytes.length);
          }
        } catch (error) {
          expect(error).toEqual(violation);
        }
        for (const { window, items } of readers) expect(items.length).toBeLessThanOrEqual(window);
        ends.near.exchange.close();
        ends.far.exchange.close();
      }),
    );
  });

  it('that sends more items than were granted is refused', () => {
    const ends = pair();
    const reader = new Reader(2);
    ask(ends, reader);
    const item = frame(envelope.ITEM, 7);
    const send = (): void => ends.near.exchange.receive(item, 0, item.length);
    send();
    send();
    expect(send).toThrow(violation);
    expect(reader.items).toEqual([1, 1]);
  });

  it('that sends items for nobody, or behind the end, is not listened to', () => {
    const ends = pair();
    const reader = new Reader(2);
    ask(ends, reader);
    for (const [kind, correlation] of [
      [envelope.ITEM, 999],
      [envelope.REPLY, 7],
      [envelope.ITEM, 7],
      [envelope.FAILURE, 7],
    ] as const) {
      const bytes = frame(kind, correlation);
      ends.near.exchange.receive(bytes, 0, bytes.length);
    }
    expect([reader.items, reader.end]).toEqual([[], 'end']);
  });

  it('that answers an ask with an item is refused', () => {
    const ends = pair();
    const asker = Object.assign(new Reader(0), { wants: 'answer' as 'items' });
    ends.near.exchange.expectReply({ asker, correlation: 5, window: 0 });
    const item = frame(envelope.ITEM, 5);
    expect(() => ends.near.exchange.receive(item, 0, item.length)).toThrow(violation);
  });

  it.each([0, MAX_WINDOW + 1, 0xffffffff])('that asks for a stream in a window of %d is refused', (from) => {
    const { far } = pair();
    const bytes = frame(envelope.STREAM, 1, { from, type: 'lines' });
    expect(() => far.exchange.receive(bytes, 0, bytes.length)).toThrow(violation);
  });

  it('that grants nothing, too much, or to an ask is refused; one that grants to nobody is not listened to', () => {
    for (const amount of [0, MAX_WINDOW, 0xffffffff]) {
      const ends = pair();
      ask(ends, new Reader(2));
      const bytes = frame(envelope.GRANT, 7, { amount });
      expect(() => ends.far.exchange.receive(bytes, 0, bytes.length)).toThrow(violation);
    }
    const { far } = pair();
    const asked = frame(envelope.ASK, 1, { type: 'lines' });
    far.exchange.receive(asked, 0, asked.length);
    const toAsk = frame(envelope.GRANT, 1, { amount: 1 });
    expect(() => far.exchange.receive(toAsk, 0, toAsk.length)).toThrow(violation);
    const toNobody = frame(envelope.GRANT, 2, { amount: 1 });
    far.exchange.receive(toNobody, 0, toNobody.length);
  });
});
