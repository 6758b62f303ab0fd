// What travels between two nodes arrives at the other end, whichever header it travels under, and what is counted there is
// known here.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { deadlineAfter } from '../../src/actor/deadline.ts';
import type { Message } from '../../src/actor/message.ts';
import { systemClock } from '../../src/clock.ts';
import type { Outbox } from '../../src/system/outbox.ts';
import * as envelope from '../../src/wire/envelope.ts';
import * as routed from '../../src/wire/routed-header.ts';
import { aside, MAX_FRAME_BYTES, packFrame, pair, Sums } from './two-ends.ts';

function tell(outbox: Outbox, type: string, payload: unknown, origin = new Sums()): void {
  expect(outbox.send(type, payload, undefined, origin, 0, false, packFrame)).toBe(true);
}

function handle(message: Message): void {
  message.origin.settle('delivered', 1, message.bytes, message.prompt);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** An asker that keeps what it is told. */
function asker() {
  const told: { value?: unknown; error?: unknown } = {};
  return {
    told,
    asker: {
      abandoned: false,
      wants: 'answer' as const,
      deadline: -5,
      onAbandon: undefined as (() => void) | undefined,
      resolve: (value: unknown) => void (told.value = value),
      reject: (error: unknown) => void (told.error = error),
    },
  };
}

describe('messages over a link', () => {
  it('a stop says who waits for it', () => {
    const { near, far, pass } = pair();
    near.exchange.sendStop(7, 12, 250.4);
    pass();
    expect(far.stops).toEqual([{ actor: 7, watcher: 12, timeoutMs: 251, drain: true }]);
  });

  it('name recipient and type once, and a number from then on', () => {
    const { near, far, pass, outboxTo } = pair();
    const outbox = outboxTo(7);
    tell(outbox, 'a-type-with-a-long-name', 1);
    const first = near.lane.frames[0]?.length ?? 0;
    tell(outbox, 'a-type-with-a-long-name', 1);
    const second = near.lane.frames[1]?.length ?? 0;
    expect(first - second).toBeGreaterThan('a-type-with-a-long-name'.length);
    pass();
    expect(far.received.map(({ to, type, payload }) => [to, type, payload])).toEqual([
      [7, 'a-type-with-a-long-name', 1],
      [7, 'a-type-with-a-long-name', 1],
    ]);
  });

  it('arrive as they were sent when there are more routes than numbers', () => {
    const { far, pass, outboxTo } = pair();
    const outboxes = Array.from({ length: 40 }, (_, index) => outboxTo(index + 1));
    const expected: unknown[] = [];
    for (let round = 0; round < 3; round += 1)
      for (const [index, outbox] of outboxes.entries())
        for (let type = 0; type < 10; type += 1) {
          tell(outbox, `type ${String(type)}`, round);
          tell(outbox, `type ${String(type)}`, -round);
          expected.push(
            [index + 1, `type ${String(type)}`, round],
            [index + 1, `type ${String(type)}`, -round],
          );
        }
    pass();
    expect(far.received.map(({ to, type, payload }) => [to, type, payload])).toEqual(expected);
  });

  it('stay in order when some had to wait for the lane', async () => {
    const { near, far, pass, outboxTo } = pair();
    const outbox = outboxTo(1);
    near.lane.takes = 3;
    for (let number = 0; number < 10; number += 1) tell(outbox, 'count', number);
    // One that does not fit in place, in a lane that is full: it waits as it was packed.
    tell(outbox, 'count', 'x'.repeat(2 * MAX_FRAME_BYTES));
    for (let frames = 0; frames < 8; frames += 1) {
      near.lane.open(2);
      await new Promise((resolve) => setImmediate(resolve));
      pass();
    }
    near.lane.open(Infinity);
    tell(outbox, 'count', 11);
    await new Promise((resolve) => setImmediate(resolve));
    pass();
    expect(
      far.received.map(({ payload }) => (typeof payload === 'string' ? payload.length : payload)),
    ).toEqual([...Array.from({ length: 10 }, (_, number) => number), 2 * MAX_FRAME_BYTES, 11]);
  });

  it('may be sent by a getter of another, and neither is harmed', async () => {
    const { far, pass, outboxTo } = pair();
    const outbox = outboxTo(1);
    let isRead = false;
    const payload = {
      text: 'before',
      get sends(): string {
        if (!isRead) {
          isRead = true;
          tell(outbox, 'inner', 'sent by a getter');
        }
        return 'read';
      },
      last: 'behind',
    };
    tell(outbox, 'outer', payload);
    await new Promise((resolve) => setImmediate(resolve));
    pass();
    const byType = new Map(far.received.map((message) => [message.type, message.payload]));
    expect(byType.get('inner')).toBe('sent by a getter');
    expect(byType.get('outer')).toEqual({ text: 'before', sends: 'read', last: 'behind' });
  });
});

describe('what became of messages', () => {
  it('is told with the reply, all that ended before it', () => {
    const { near, far, pass, outboxTo } = pair();
    const outbox = outboxTo(3);
    const origin = new Sums();
    for (let number = 0; number < 5; number += 1) tell(outbox, number < 3 ? 'a' : 'b', number, origin);
    const { told, asker: waiting } = asker();
    outbox.send(
      'ask',
      'question',
      { asker: waiting, correlation: 9, window: 0 },
      origin,
      0,
      false,
      packFrame,
    );
    pass();
    for (const message of far.received) handle(message);
    expect(far.received.at(-1)?.asker?.deadline).toBe(-5);
    far.received.at(-1)?.asker?.resolve('answer');
    expect(far.lane.frames).toHaveLength(1);
    pass();
    expect(told).toEqual({ value: 'answer' });
    expect(origin.ended).toEqual({ delivered: 6, dead: 0, lost: 0 });
    expect(outbox.isIdle).toBe(true);
    near.exchange.close();
    far.exchange.close();
  });

  it('is that its time was up when it lay in the lane for too long, before anybody says so', () => {
    const { far, pass, outboxTo } = pair();
    const outbox = outboxTo(3);
    const now = systemClock.now();
    const send = (deadline: number, correlation: number): void => {
      outbox.send(
        'ask',
        'question',
        { asker: { ...asker().asker, deadline }, correlation, window: 0 },
        new Sums(),
        0,
        false,
        packFrame,
      );
    };
    send(deadlineAfter(0, now - 10), 1);
    send(deadlineAfter(60_000, now), 2);
    send(deadlineAfter(0, now - 10), 1);
    pass();
    expect(far.received.map((message) => message.asker?.abandoned)).toEqual([true, false, true]);
    far.exchange.close();
  });

  it('leaves nothing behind when it comes after its asker gave up', async () => {
    const { near, far, pass, outboxTo } = pair();
    const outbox = outboxTo(3);
    const forgotten = Array.from({ length: 50 }, (_, correlation) => {
      const { asker: waiting } = asker();
      const outbound = { asker: waiting, correlation, window: 0 };
      outbox.send('ask', 'question', outbound, new Sums(), 0, false, packFrame);
      pass();
      // It gives up, and the answer crosses its word on the way.
      waiting.onAbandon?.();
      far.received.at(-1)?.asker?.resolve('late');
      pass();
      return new WeakRef(waiting);
    });
    far.received.length = 0;
    // What one turn of the loop has looked at stays until the next.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    // The machine may hold on to the last one.
    expect(forgotten.filter((asker) => asker.deref() !== undefined).length).toBeLessThan(5);
    near.exchange.close();
    far.exchange.close();
  });

  it('is told before the reply when some died', () => {
    const { far, pass, outboxTo } = pair();
    const outbox = outboxTo(3);
    const origin = new Sums();
    tell(outbox, 'nobody handles this', 1, origin);
    const { told, asker: waiting } = asker();
    const outbound = { asker: waiting, correlation: 1, window: 0 };
    outbox.send('ask', 'question', outbound, origin, 0, false, packFrame);
    pass();
    const [lost, asked] = far.received;
    lost?.origin.settle('dead', 1, lost.bytes, false);
    if (asked !== undefined) handle(asked);
    asked?.asker?.reject(new RangeError('refused'));
    pass();
    expect(told.error).toBeInstanceOf(RangeError);
    expect(origin.ended).toEqual({ delivered: 1, dead: 1, lost: 0 });
    far.exchange.close();
  });
});

describe('a peer that breaks the rules', () => {
  it.each([
    ['a number that was never given', [routed.ROUTED_TELL, 5, 0]],
    ['a kind that is none', [routed.ROUTED_ASK + 1, 0, 0]],
    ['a routed header that is cut short', [routed.ROUTED_ASK, 0, 1, 0]],
    ['nothing', []],
  ])('is refused when it sends %s', (_, bytes) => {
    const { far, pass, outboxTo } = pair();
    tell(outboxTo(1), 'known', 1);
    pass();
    const frame = Buffer.from(bytes);
    expect(() => far.exchange.receive(frame, 0, frame.length)).toThrow(
      expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' }),
    );
  });

  it('is refused when its reply counts more than was sent', () => {
    const { near, outboxTo } = pair();
    outboxTo(2);
    const frame = Buffer.alloc(envelope.headerBytes('') + 1);
    const start = envelope.writeHeader(frame, 0, {
      ...envelope.EMPTY_ENVELOPE,
      kind: envelope.REPLY,
      to: 2,
      from: 1,
      correlation: 4,
    });
    frame.set(aside.encode(1), start);
    expect(() => near.exchange.receive(frame, 0, start + 1)).toThrow(
      expect.objectContaining({ code: 'TROUPE_PROTOCOL_VIOLATION' }),
    );
  });
});
