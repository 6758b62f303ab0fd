// Where messages wait: in order, under bounds in messages and bytes, with a high and a low water mark.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NO_DEADLINE } from '../../src/actor/deadline.ts';
import { Gauge } from '../../src/actor/gauge.ts';
import { DEFAULT_LIMITS, resolveLimits, type MailboxLimits } from '../../src/actor/mailbox-limits.ts';
import { Mailbox } from '../../src/actor/mailbox.ts';
import { systemClock } from '../../src/clock.ts';
import type { MailboxEntry, Message } from '../../src/actor/message.ts';
import { OVERFLOWS } from '../../src/overflow-policy.ts';

function message(bytes: number, type = 'put'): Message {
  const origin = { settle: () => undefined };
  return { type, payload: undefined, asker: undefined, origin, bytes, prompt: false, expires: NO_DEADLINE };
}

const limits: MailboxLimits = { ...DEFAULT_LIMITS, capacity: 8, maxBytes: 1000 };

describe('a mailbox', () => {
  it('gives back what it took, in order, and counts it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(300), fc.constant('take' as const)), { maxLength: 60 }),
        (steps) => {
          const mailbox = new Mailbox(limits, systemClock);
          const waiting: Message[] = [];
          for (const step of steps) {
            if (step === 'take') expect(mailbox.take()).toBe(waiting.shift());
            else {
              const next = message(step);
              const bytes = waiting.reduce((sum, other) => sum + other.bytes, 0);
              const fits = waiting.length === 0 || (waiting.length < 8 && bytes + step <= 1000);
              expect(mailbox.offer(next)).toBe(fits);
              if (fits) waiting.push(next);
            }
            expect(mailbox.gauge.messages).toBe(waiting.length);
            expect(mailbox.gauge.bytes).toBe(waiting.reduce((sum, other) => sum + other.bytes, 0));
            expect(mailbox.isEmpty).toBe(waiting.length === 0);
          }
        },
      ),
    );
  });

  it('takes a single message of any size, and notices however full it is', () => {
    const mailbox = new Mailbox(limits, systemClock);
    expect(mailbox.offer(message(1_000_000))).toBe(true);
    expect(mailbox.offer(message(0))).toBe(false);
    const down = { ref: undefined as never, reason: { kind: 'normal' as const }, lost: 0 };
    mailbox.notify({ down });
    mailbox.take();
    expect(mailbox.take()).toEqual({ down });
    expect(mailbox.gauge.bytes).toBe(0);
  });
});

describe('a mailbox against a model', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ bytes: fc.nat(300), isUrgent: fc.boolean() }) },
    { weight: 2, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: fc.constant('notify' as const) },
  );

  it.each(OVERFLOWS)('takes, drops and orders as %s says', (overflow) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const mailbox = new Mailbox({ ...limits, overflow }, systemClock, new Set(['urgent']));
        // What waits, in the order it came.
        let waiting: { readonly entry: MailboxEntry; readonly isUrgent: boolean }[] = [];
        const messages = (): Message[] => waiting.flatMap(({ entry }) => ('type' in entry ? [entry] : []));
        const fits = (bytes: number): boolean => {
          const sum = messages().reduce((total, each) => total + each.bytes, 0);
          return messages().length === 0 || (messages().length < 8 && sum + bytes <= 1000);
        };
        for (const each of steps) {
          if (each === 'take') {
            // Fewer than 32 urgent ones ever wait: they all go first.
            const next = waiting.find(({ isUrgent }) => isUrgent) ?? waiting[0];
            expect(mailbox.take()).toBe(next?.entry);
            waiting = waiting.filter((other) => other !== next);
          } else if (each === 'notify') {
            const entry = { down: { ref: undefined as never, reason: { kind: 'normal' as const }, lost: 0 } };
            mailbox.notify(entry);
            waiting.push({ entry, isUrgent: false });
          } else {
            const { isUrgent } = each;
            const next = message(each.bytes, isUrgent ? 'urgent' : 'put');
            const dropped: Message[] = [];
            const expected: Message[] = [];
            while (overflow === 'drop-oldest' && !fits(each.bytes)) {
              const oldest =
                waiting.find((other) => 'type' in other.entry && !other.isUrgent) ??
                (isUrgent ? waiting.find((other) => other.isUrgent) : undefined);
              if (oldest === undefined) break;
              waiting = waiting.filter((other) => other !== oldest);
              expected.push(oldest.entry as Message);
            }
            const isTaken = fits(each.bytes);
            expect(mailbox.makesRoomFor(next, (oldest) => dropped.push(oldest))).toBe(isTaken);
            expect(mailbox.offer(next)).toBe(isTaken);
            if (isTaken) waiting.push({ entry: next, isUrgent });
            expect(dropped).toEqual(expected);
          }
          expect(mailbox.gauge.messages).toBe(messages().length);
          expect(mailbox.gauge.bytes).toBe(messages().reduce((sum, { bytes }) => sum + bytes, 0));
          expect(mailbox.isEmpty).toBe(waiting.length === 0);
        }
      }),
    );
  });
});

describe('a gauge', () => {
  it('asks senders to wait from three quarters on, and lets them go on below three eighths', async () => {
    const gauge = new Gauge(limits);
    for (let count = 0; count < 5; count += 1) gauge.add(0);
    expect(gauge.pastHighWater).toBe(false);
    await gauge.ready();
    gauge.add(0);
    expect(gauge.pastHighWater).toBe(true);
    let isReady = false;
    const ready = gauge.ready().then(() => (isReady = true));
    gauge.remove(2, 0);
    await Promise.resolve();
    expect(isReady).toBe(false);
    gauge.remove(1, 0);
    await ready;
  });

  it.each([1, 2, 3])('lets senders go on that have a mailbox of %d', async (capacity) => {
    const gauge = new Gauge({ ...DEFAULT_LIMITS, capacity, maxBytes: 10 });
    while (!gauge.pastHighWater) gauge.add(1);
    let isReady = false;
    const ready = gauge.ready().then(() => (isReady = true));
    await Promise.resolve();
    expect(isReady).toBe(false);
    while (gauge.messages > 0) gauge.remove(1, 1);
    await ready;
    expect([gauge.hasRoom, gauge.bytes]).toEqual([true, 0]);
  });

  it('wakes everybody when it is released', async () => {
    const gauge = new Gauge(limits);
    for (let count = 0; count < 8; count += 1) gauge.add(0);
    let woken = 0;
    const waiting = Promise.all(
      [gauge.ready(), gauge.ready()].map((ready) => ready.then(() => (woken += 1))),
    );
    await Promise.resolve();
    expect(woken).toBe(0);
    gauge.release();
    await waiting;
    expect([woken, gauge.messages, gauge.hasRoom]).toEqual([2, 8, false]);
  });

  it('says when bytes are past the mark, whatever the number of messages', () => {
    const gauge = new Gauge(limits);
    gauge.add(750);
    expect(gauge.pastHighWater).toBe(true);
  });
});

describe('mailbox options', () => {
  it('take the defaults where they say nothing', () => {
    expect(resolveLimits(undefined, DEFAULT_LIMITS)).toBe(DEFAULT_LIMITS);
    expect(resolveLimits({ maxBytes: '1KiB' }, DEFAULT_LIMITS)).toEqual({
      ...DEFAULT_LIMITS,
      maxBytes: 1024,
    });
  });

  it.each([
    [{ capacity: 0 }, 'capacity is 0'],
    [{ capacity: 1.5 }, 'capacity is 1.5'],
    [{ capacity: '5' as never }, 'capacity is "5"'],
    [{ maxBytes: 'much' }, 'maxBytes is "much"'],
    [{ maxBytes: 0 }, 'maxBytes is 0'],
    [{ timeToLive: 'soon' }, 'timeToLive is "soon"'],
    [{ timeToLive: 0 }, 'timeToLive is 0'],
    [{ timeToLive: '600h' }, 'timeToLive is "600h"'],
    [{ timeToLive: Infinity }, 'timeToLive is null'],
    [{ overflow: 'drop' as never }, 'overflow is "drop"'],
  ])('%j are refused with a sentence', (options, words) => {
    expect(() => resolveLimits(options, DEFAULT_LIMITS)).toThrow(words);
  });
});
