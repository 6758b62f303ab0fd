// The way to an actor elsewhere, against a model: whatever happens to lane, window and link, every message ends exactly once
// for its own origin, in order of sending, and every bound is kept.
import { describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { deadlineAfter } from '../../src/actor/deadline.ts';
import { DEFAULT_LIMITS, type MailboxLimits } from '../../src/actor/mailbox-limits.ts';
import type { Outcome } from '../../src/actor/message.ts';
import type { Clock } from '../../src/clock.ts';
import { OVERFLOWS, type OverflowPolicy } from '../../src/overflow-policy.ts';
import type { Outbox } from '../../src/system/outbox.ts';
import { manualClock } from '../manual-clock.ts';
import { loneOutbox } from './lone-outbox.ts';
import type { OutboxLink } from '../../src/system/outbox-link.ts';
import { LARGE_BYTES, type Route } from '../../src/system/routes.ts';
import * as envelope from '../../src/wire/envelope.ts';

const limits: MailboxLimits = { ...DEFAULT_LIMITS, capacity: 12, maxBytes: 2000 };

class CountingOrigin {
  readonly ended: Record<Outcome, number> = { delivered: 0, dead: 0, lost: 0 };
  sent = 0;
  sentBytes = 0;
  endedBytes = 0;

  settle(outcome: Outcome, count: number, bytes: number): void {
    this.ended[outcome] += count;
    this.endedBytes += bytes;
  }

  get open(): number {
    return this.sent - this.ended.delivered - this.ended.dead - this.ended.lost;
  }
}

/** A lane that takes frames while it has room, and remembers their numbers and bytes. */
class Lane implements OutboxLink {
  room = 5;
  readonly taken: { readonly number: number; readonly bytes: number }[] = [];
  isWaited = false;
  overflows = 0;

  pack(route: Route, payload: unknown): number {
    if (this.room === 0) return -1;
    this.room -= 1;
    const bytes = (payload as Buffer).length;
    if (bytes > LARGE_BYTES) route.expectedBytes = bytes;
    this.taken.push({ number: Number(route.type), bytes });
    return bytes;
  }

  takeLeftover(): undefined {
    return undefined;
  }

  sendFrame(frame: Buffer): boolean {
    if (this.room === 0) return false;
    this.room -= 1;
    const header = envelope.emptyHeader();
    envelope.readHeader(frame, 0, frame.length, header);
    this.taken.push({ number: Number(header.type), bytes: frame.length - header.payloadStart });
    return true;
  }

  waitForRoom(): void {
    this.isWaited = true;
  }

  overflowed(): void {
    this.overflows += 1;
  }

  lacksRoom(): boolean {
    return this.room === 0;
  }

  expectReply(): void {
    throw new Error('nothing is asked here');
  }
}

function packFrame(type: string, payload: unknown): Buffer {
  const bytes = payload as Buffer;
  const frame = Buffer.alloc(envelope.headerBytes(type) + bytes.length);
  const start = envelope.writeHeader(frame, 0, { ...envelope.EMPTY_ENVELOPE, kind: envelope.TELL, type });
  frame.set(bytes, start);
  return frame.subarray(0, start + bytes.length);
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('send' as const), bytes: fc.nat(400), who: fc.nat(2) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('room' as const), frames: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('settle' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        outcome: fc.constantFrom<Outcome>('delivered', 'dead', 'lost'),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'detach' as const }) },
    { weight: 2, arbitrary: fc.constant({ type: 'attach' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'discard' as const }) },
    { weight: 1, arbitrary: fc.constant({ type: 'barrier' as const }) },
  ),
  { maxLength: 80 },
);

it.each(OVERFLOWS)(
  'every message ends once, for whoever sent it, with its own bytes, in order: %s',
  (overflow) => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const owner = {};
        const outbox = loneOutbox({ ...limits, overflow }, {}, owner);
        // The first counts no bytes, as the account of a process; the others do, as messages that are passed on.
        const origins = [new CountingOrigin(), new CountingOrigin(), new CountingOrigin()];
        let lane: Lane | undefined;
        let reported = 0;
        let number = 0;
        let highest = -1;
        const barriers: number[] = [];
        const passed: number[] = [];
        const sentNumbers: number[] = [];
        for (const step of sequence) {
          switch (step.type) {
            case 'send': {
              const origin = origins[step.who] ?? origins[0];
              if (origin === undefined) break;
              const originBytes = step.who === 0 ? 0 : step.bytes + 3;
              const payload = Buffer.alloc(step.bytes);
              const taken = outbox.send(
                String(number),
                payload,
                undefined,
                origin,
                originBytes,
                step.who > 0,
                packFrame,
              );
              if (step.who > 0 && overflow !== 'drop-newest') expect(taken).toBe(true);
              if (overflow === 'drop-oldest') expect(taken).toBe(true);
              if (taken) {
                origin.sent += 1;
                origin.sentBytes += originBytes;
                sentNumbers.push(number);
              }
              number += 1;
              break;
            }
            case 'room':
              if (lane !== undefined) {
                lane.room += step.frames;
                if (lane.isWaited) {
                  lane.isWaited = false;
                  outbox.pump();
                }
              }
              break;
            case 'settle':
              if (lane !== undefined) {
                const due = lane.taken.slice(
                  reported,
                  reported + Math.floor((lane.taken.length - reported) * step.share),
                );
                reported += due.length;
                const counts = {
                  delivered: 0,
                  dead: 0,
                  lost: 0,
                  bytes: due.reduce((sum, { bytes }) => sum + bytes, 0),
                };
                counts[step.outcome] = due.length;
                expect(outbox.settle(counts)).toBe(true);
              }
              break;
            case 'detach': {
              if (lane === undefined) break;
              const underWay = lane.taken.length - reported;
              const lostBefore = outbox.lost;
              outbox.detach();
              expect(outbox.lost - lostBefore).toBe(underWay);
              lane = undefined;
              break;
            }
            case 'attach':
              if (lane !== undefined) break;
              lane = new Lane();
              reported = 0;
              outbox.attach(lane, 9);
              break;
            case 'discard':
              outbox.discard((_type, _frame, _outbound, origin, originBytes) =>
                origin.settle('dead', 1, originBytes, true),
              );
              break;
            case 'barrier': {
              const own = barriers.length;
              barriers.push(own);
              outbox.afterWaiting(() => passed.push(own));
              break;
            }
          }
          const underWay = lane === undefined ? 0 : lane.taken.length - reported;
          const open = origins.reduce((sum, origin) => sum + origin.open, 0);
          expect(outbox.gauge.messages).toBe(open);
          expect(open).toBeGreaterThanOrEqual(underWay);
          expect(outbox.isIdle || open > 0 || passed.length < barriers.length).toBe(true);
          for (const { number: taken } of lane?.taken.slice(-6) ?? []) highest = Math.max(highest, taken);
        }
        // Everything comes to an end, and then nothing is left of it anywhere.
        const last = lane ?? new Lane();
        last.room = Infinity;
        if (lane === undefined) {
          reported = 0;
          outbox.attach(last, 9);
        } else outbox.pump();
        while (last.taken.length > reported) {
          const due = last.taken.slice(reported);
          reported = last.taken.length;
          const bytes = due.reduce((sum, taken) => sum + taken.bytes, 0);
          expect(outbox.settle({ delivered: due.length, dead: 0, lost: 0, bytes })).toBe(true);
        }
        expect(outbox.isIdle).toBe(true);
        expect([outbox.gauge.messages, outbox.gauge.bytes]).toEqual([0, 0]);
        expect(passed).toEqual(barriers);
        for (const origin of origins) {
          expect(origin.open).toBe(0);
          expect(origin.endedBytes).toBe(origin.sentBytes);
        }
        // Within one lane numbers only grow: nothing overtakes.
        const numbers = last.taken.map(({ number: taken }) => taken);
        expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const taken of numbers) expect(sentNumbers).toContain(taken);
      }),
      { numRuns: 150 },
    );
  },
);

describe('a report that contradicts what was sent', () => {
  it.each([
    ['more messages', { delivered: 2, dead: 0, lost: 0, bytes: 10 }],
    ['more bytes', { delivered: 1, dead: 0, lost: 0, bytes: 11 }],
    ['a negative count', { delivered: 2, dead: -1, lost: 0, bytes: 10 }],
    ['half a message', { delivered: 0.5, dead: 0.5, lost: 0, bytes: 10 }],
    ['no number', { delivered: NaN, dead: 0, lost: 0, bytes: 10 }],
    ['infinitely many', { delivered: Infinity, dead: -Infinity, lost: 0, bytes: 10 }],
  ])('%s is refused, and changes nothing', (_what, counts) => {
    const outbox = loneOutbox(limits);
    const origin = new CountingOrigin();
    outbox.attach(new Lane(), 1);
    outbox.send('0', Buffer.alloc(10), undefined, origin, 0, false, packFrame);
    expect(outbox.settle(counts)).toBe(false);
    expect(origin.ended).toEqual({ delivered: 0, dead: 0, lost: 0 });
    expect(outbox.gauge.messages).toBe(1);
    expect(outbox.settle({ delivered: 1, dead: 0, lost: 0, bytes: 10 })).toBe(true);
    expect(outbox.isIdle).toBe(true);
  });
});

describe('an outbox that is full', () => {
  const full = (
    overflow: OverflowPolicy,
  ): { outbox: Outbox; lane: Lane; dropped: string[]; send: (type: string) => boolean } => {
    const dropped: string[] = [];
    const outbox = loneOutbox(
      { ...limits, capacity: 3, overflow },
      { dropped: (type) => void dropped.push(type) },
    );
    const lane = new Lane();
    lane.room = 1;
    outbox.attach(lane, 7);
    const send = (type: string): boolean =>
      outbox.send(type, Buffer.alloc(1), undefined, new CountingOrigin(), 0, false, packFrame);
    return { outbox, lane, dropped, send };
  };

  it('refuses what is one too many, and asks to wait before', () => {
    const { outbox, send } = full('backpressure');
    expect(['0', '1', '2', '3'].map(send)).toEqual([true, true, true, false]);
    expect(outbox.isPastHighWater).toBe(true);
    expect(outbox.refusal).toBe('mailbox-full');
  });

  it("tells the actor once, with 'fail', until there was room again", async () => {
    const { outbox, lane, send } = full('fail');
    expect(['0', '1', '2', '3', '4'].map(send)).toEqual([true, true, true, false, false]);
    expect(lane.overflows).toBe(1);
    lane.room = 9;
    outbox.pump();
    outbox.settle({ delivered: 3, dead: 0, lost: 0, bytes: 3 });
    await outbox.ready();
    expect(['5', '6', '7', '8'].map(send)).toEqual([true, true, true, false]);
    expect(lane.overflows).toBe(2);
  });

  it("asks nobody to wait with 'drop-newest'", async () => {
    const { outbox, send } = full('drop-newest');
    expect(['0', '1', '2', '3'].map(send)).toEqual([true, true, true, false]);
    expect(outbox.isPastHighWater).toBe(false);
    expect(outbox.hasRoom).toBe(false);
    expect(outbox.refusal).toBe('dropped');
  });

  it("drops the oldest that waits here with 'drop-oldest', as many as it holds besides those under way", () => {
    const { outbox, lane, dropped, send } = full('drop-oldest');
    expect(['0', '1', '2', '3', '4', '5'].map(send)).toEqual([true, true, true, true, true, true]);
    expect(dropped).toEqual(['1', '2']);
    expect(outbox.gauge.messages).toBe(4);
    lane.room = 9;
    outbox.pump();
    expect(lane.taken.map(({ number }) => number)).toEqual([0, 3, 4, 5]);
  });

  it("makes room for a large message with 'drop-oldest', and for one larger than all", () => {
    const { outbox, dropped, send } = full('drop-oldest');
    ['0', '1', '2', '3'].map(send);
    const large = (bytes: number): boolean =>
      outbox.send('9', Buffer.alloc(bytes), undefined, new CountingOrigin(), 0, false, packFrame);
    expect(large(1998)).toBe(true);
    expect(dropped).toEqual(['1']);
    expect(large(5000)).toBe(true);
    expect(dropped).toEqual(['1', '2', '3', '9']);
    expect(outbox.gauge.messages).toBe(2);
  });
});

describe('urgent messages', () => {
  const sent = (outbox: Outbox, types: readonly string[]): void => {
    for (const type of types)
      outbox.send(type, Buffer.alloc(1), undefined, new CountingOrigin(), 0, false, packFrame);
  };

  it('go before those that wait, and not behind a barrier that was set after them', () => {
    const outbox = loneOutbox({ ...limits, capacity: 100 }, { urgent: new Set(['7', '8']) });
    const lane = new Lane();
    lane.room = 0;
    const numbers = (): number[] => lane.taken.map(({ number }) => number);
    outbox.attach(lane, 1);
    sent(outbox, ['0', '1', '7']);
    let atBarrier: number[] = [];
    outbox.afterWaiting(() => (atBarrier = numbers()));
    sent(outbox, ['2', '8']);
    lane.room = 9;
    outbox.pump();
    expect(numbers()).toEqual([7, 8, 0, 1, 2]);
    expect(atBarrier).toEqual([7, 8, 0, 1]);
  });

  it('are not dropped for one that is not urgent', () => {
    const dropped: string[] = [];
    const bury = (type: string): void => void dropped.push(type);
    const outbox = loneOutbox(
      { ...limits, capacity: 2, overflow: 'drop-oldest' },
      { dropped: bury, urgent: new Set(['7', '8', '9']) },
    );
    sent(outbox, ['7', '0', '8', '1', '9']);
    expect(dropped).toEqual(['0', '7']);
    expect(outbox.gauge.messages).toBe(2);
  });
});

describe('an outbox with a time to live', () => {
  const outboxOf = (clock: Clock): { outbox: Outbox; expired: string[]; send: (type: string) => boolean } => {
    const expired: string[] = [];
    const outbox = loneOutbox(
      { ...limits, timeToLiveMs: 100 },
      { clock, expired: (type) => void expired.push(type) },
    );
    const send = (type: string): boolean =>
      outbox.send(type, Buffer.alloc(1), undefined, new CountingOrigin(), 0, false, packFrame);
    return { outbox, expired, send };
  };

  it('gives up what waited as long, and sends the rest', () => {
    const clock = manualClock();
    const { outbox, expired, send } = outboxOf(clock);
    send('0');
    clock.advance(60);
    send('1');
    clock.advance(60);
    const lane = new Lane();
    outbox.attach(lane, 1);
    expect(expired).toEqual(['0']);
    expect(lane.taken.map(({ number }) => number)).toEqual([1]);
    expect(outbox.gauge.messages).toBe(1);
  });

  it('says in the frame how long a message that waited may still wait', () => {
    const clock = manualClock();
    const { outbox, send } = outboxOf(clock);
    send('0');
    const expiry = deadlineAfter(100, clock.now());
    clock.advance(60);
    const header = envelope.emptyHeader();
    const lane = new Lane();
    lane.sendFrame = (frame) => envelope.readHeader(frame, 0, frame.length, header);
    outbox.attach(lane, 1);
    expect(header.from | 0).toBe(expiry);
  });
});

describe('the window', () => {
  it('lets no more be under way than the mailbox holds, and asks for reports before it closes', () => {
    const outbox = loneOutbox({ ...DEFAULT_LIMITS, capacity: 8, maxBytes: 1e6 });
    const lane = new Lane();
    lane.room = Infinity;
    const prompts: boolean[] = [];
    const watched: OutboxLink = {
      pack: (route, payload, _outbound, prompt) => {
        prompts.push(prompt);
        return lane.pack(route, payload);
      },
      takeLeftover: () => undefined,
      sendFrame: (frame) => lane.sendFrame(frame),
      waitForRoom: () => undefined,
      lacksRoom: () => false,
      overflowed: () => undefined,
      expectReply: () => undefined,
    };
    outbox.attach(watched, 1);
    const origin = new CountingOrigin();
    for (let number = 0; number < 20; number += 1)
      outbox.send(String(number), Buffer.alloc(1), undefined, origin, 0, true, packFrame);
    expect(lane.taken).toHaveLength(8);
    expect(prompts.filter((prompt) => prompt).length).toBeGreaterThanOrEqual(3);
    outbox.settle({ delivered: 2, dead: 0, lost: 0, bytes: 2 });
    expect(lane.taken).toHaveLength(10);
    outbox.pump(true);
    expect(lane.taken).toHaveLength(20);
  });

  it('lets a message pass that is larger than all of it', () => {
    const outbox = loneOutbox({ ...DEFAULT_LIMITS, capacity: 8, maxBytes: 100 });
    const lane = new Lane();
    outbox.attach(lane, 1);
    expect(outbox.send('0', Buffer.alloc(5000), undefined, new CountingOrigin(), 0, false, packFrame)).toBe(
      true,
    );
    expect(lane.taken).toHaveLength(1);
  });
});

describe('a lane that takes nothing', () => {
  const roomy: MailboxLimits = { ...DEFAULT_LIMITS, capacity: 1000, maxBytes: 1e9 };
  const settled = async (promise: Promise<void>): Promise<boolean> => {
    let isSettled = false;
    void promise.then(() => (isSettled = true));
    await new Promise((resolve) => setImmediate(resolve));
    return isSettled;
  };
  const congested = (): { outbox: Outbox; lane: Lane } => {
    const outbox = loneOutbox(roomy);
    const lane = new Lane();
    outbox.attach(lane, 1);
    lane.room = 0;
    for (let number = 0; number < 3; number += 1)
      outbox.send(String(number), Buffer.alloc(8000), undefined, new CountingOrigin(), 0, false, packFrame);
    return { outbox, lane };
  };

  it('makes senders wait before much waits for it, until it has taken that', async () => {
    const { outbox, lane } = congested();
    expect(outbox.isPastHighWater).toBe(true);
    const ready = outbox.ready();
    expect(await settled(ready)).toBe(false);
    lane.room = 5;
    outbox.pump();
    expect(await settled(ready)).toBe(true);
    expect(outbox.isPastHighWater).toBe(false);
  });

  it('makes senders wait before the next large message when it has room for none', async () => {
    const outbox = loneOutbox(roomy);
    const lane = new Lane();
    outbox.attach(lane, 1);
    lane.room = 2;
    for (const isPast of [false, true]) {
      outbox.send('0', Buffer.alloc(8000), undefined, new CountingOrigin(), 0, false, packFrame);
      expect(outbox.isPastHighWater).toBe(isPast);
    }
    expect(lane.isWaited).toBe(true);
    const ready = outbox.ready();
    lane.room = 2;
    outbox.pump();
    expect(await settled(ready)).toBe(true);
    expect(outbox.isPastHighWater).toBe(false);
  });

  it('keeps them waiting when it is told of messages that ended, until there is room', async () => {
    const outbox = loneOutbox(roomy);
    const lane = new Lane();
    outbox.attach(lane, 1);
    lane.room = 1;
    outbox.send('0', Buffer.alloc(8000), undefined, new CountingOrigin(), 0, false, packFrame);
    const ready = outbox.ready();
    outbox.settle({ delivered: 1, dead: 0, lost: 0, bytes: 8000 });
    expect(await settled(ready)).toBe(false);
    lane.room = 1;
    outbox.pump();
    expect(await settled(ready)).toBe(true);
  });

  it('makes senders wait for a report when the next large message would be more than may be under way', async () => {
    const outbox = loneOutbox(roomy);
    // Of 8 MiB that may be under way.
    const bytes = 3 * 1024 * 1024;
    const lane = new Lane();
    lane.room = Infinity;
    outbox.attach(lane, 1);
    for (const isPast of [false, true]) {
      outbox.send('0', Buffer.alloc(bytes), undefined, new CountingOrigin(), 0, false, packFrame);
      expect(outbox.isPastHighWater).toBe(isPast);
    }
    const ready = outbox.ready();
    expect(await settled(ready)).toBe(false);
    outbox.settle({ delivered: 1, dead: 0, lost: 0, bytes });
    expect(await settled(ready)).toBe(true);
  });

  it('makes nobody wait once it is gone, or what waits is given up', async () => {
    const { outbox } = congested();
    const ready = outbox.ready();
    outbox.detach();
    expect(await settled(ready)).toBe(true);
    expect(outbox.isPastHighWater).toBe(false);
    const other = congested().outbox;
    const released = other.ready();
    other.discard(() => undefined);
    expect(await settled(released)).toBe(true);
  });
});

describe('what nobody else keeps', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const collect = async (): Promise<void> => {
    // A weak reference that was just followed holds until the turn is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('is kept, if it is the owner, while messages are under way, and no longer', async () => {
    const { outbox, trace } = (() => {
      const owner = {};
      return { outbox: loneOutbox(limits, {}, owner), trace: new WeakRef(owner) };
    })();
    outbox.attach(new Lane(), 1);
    outbox.send('0', Buffer.alloc(1), undefined, new CountingOrigin(), 0, false, packFrame);
    await collect();
    expect(trace.deref()).toBeDefined();
    outbox.settle({ delivered: 1, dead: 0, lost: 0, bytes: 1 });
    await collect();
    expect(trace.deref()).toBeUndefined();
  });

  it.each(['settled', 'lost'])('is not kept, if it is an origin, once its messages are %s', async (how) => {
    const outbox = loneOutbox(limits);
    outbox.attach(new Lane(), 1);
    const trace = (() => {
      const origin = new CountingOrigin();
      for (let count = 0; count < 3; count += 1)
        outbox.send('0', Buffer.alloc(1), undefined, origin, 0, false, packFrame);
      return new WeakRef(origin);
    })();
    if (how === 'lost') outbox.detach();
    else outbox.settle({ delivered: 2, dead: 1, lost: 0, bytes: 3 });
    await collect();
    expect(trace.deref()).toBeUndefined();
    expect(outbox.isIdle).toBe(true);
  });
});
