// Streams of an actor of this event loop: who is ahead of whom, whose turn it is, and how each side ends them.
import { describe, expect, it } from '@jest/globals';
import { createRef, type StreamOptions } from '../../src/actor/actor-ref.ts';
import type { Context } from '../../src/actor/behavior.ts';
import { defineActor } from '../../src/actor/define-actor.ts';
import type { ItemStream } from '../../src/actor/pending-stream.ts';
import type { Protocol } from '../../src/actor/protocol.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

interface Source extends LoneCell {
  /** What happened in the actor, in order. */
  readonly noted: string[];
  /** The signal of each stream. */
  readonly signals: AbortSignal[];
  stream(type: string, payload?: unknown, options?: StreamOptions): ItemStream<unknown>;
}

async function start(): Promise<Source> {
  const noted: string[] = [];
  const signals: AbortSignal[] = [];
  const Counter = defineActor(import.meta.url, {
    init: () => ({ busy: false }),
    handlers: {
      async *count(state, to: number, context) {
        try {
          signals.push(context.signal);
          for (let number = 1; number <= to; number += 1) {
            if (state.busy) noted.push('beside another');
            state.busy = true;
            await Promise.resolve();
            state.busy = false;
            noted.push(`made ${String(number)}`);
            yield number;
          }
        } finally {
          noted.push('cleaned up');
        }
      },
      *letters(_state, text: string) {
        yield* text;
      },
      *promised() {
        yield Promise.resolve('kept');
      },
      iterable: async (_state, values: readonly unknown[]) =>
        Promise.resolve({
          async *[Symbol.asyncIterator]() {
            yield* values;
          },
        }),
      async *fail(_state, after: number) {
        for (let number = 0; number < after; number += 1) yield number;
        throw new RangeError('not today');
      },
      async *cleanUpBadly() {
        try {
          yield 1;
        } finally {
          throw new RangeError('it would not close');
        }
      },
      note: (_state, what: string) => void noted.push(what),
      value: () => [1, 2, 3],
      do: (_state, what: (context: Context) => unknown, context) => what(context),
      async *wait(_state, _nothing: undefined, context) {
        yield context.timeLeft;
        await new Promise(() => undefined);
      },
    },
    onStop: () => void noted.push('stopped'),
  });
  const actor = await loneCell(Counter as never);
  const ref = createRef<Protocol>(actor.cell);
  return { ...actor, noted, signals, stream: (type, ...rest) => ref.stream(type, ...rest) };
}

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe('a stream', () => {
  it('has the items of a generator of either kind, and of whatever can be iterated asynchronously', async () => {
    const actor = await start();
    expect(await all(actor.stream('count', 40))).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(await all(actor.stream('letters', 'abc'))).toEqual(['a', 'b', 'c']);
    expect(await all(actor.stream('promised'))).toEqual(['kept']);
    expect(await all(actor.stream('iterable', [1, undefined, null]))).toEqual([1, undefined, null]);
    expect(await all(actor.stream('letters', ''))).toEqual([]);
    expect(actor.account()).toMatchObject({ sent: 5, delivered: 5, waiting: 0 });
    expect(actor.failures).toEqual([]);
  });

  it('is asked for with the first item, and runs no further ahead of its reader than the window', async () => {
    const actor = await start();
    const stream = actor.stream('count', 100, { window: 4 });
    await actor.settle();
    expect(actor.account().sent).toBe(0);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await actor.settle();
    expect(actor.noted).toEqual(['made 1', 'made 2', 'made 3', 'made 4']);
    for (const number of [2, 3, 4, 5]) expect((await stream.next()).value).toBe(number);
    await actor.settle();
    // More were granted when two had been taken, and when four had.
    expect(actor.noted.at(-1)).toBe('made 8');
    await stream.return();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('gives each of several readers that wait at once an item of its own, in order', async () => {
    const actor = await start();
    const stream = actor.stream('count', 3, { window: 1 });
    const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
    expect(results.map(({ value }) => value)).toEqual([1, 2, 3, undefined]);
  });

  it('takes turns with messages and with other streams, and is never beside another callback', async () => {
    const actor = await start();
    const reading = Promise.all([all(actor.stream('count', 5)), all(actor.stream('count', 5))]);
    for (let number = 0; number < 3; number += 1) actor.cell.tell('note', 'a message');
    await reading;
    expect(actor.noted).not.toContain('beside another');
    expect(actor.noted.indexOf('made 5')).toBeGreaterThan(actor.noted.indexOf('a message'));
    // A reader that takes nothing holds up nobody.
    const slow = actor.stream('count', 100, { window: 2 });
    await slow.next();
    await actor.ask('note', 'meanwhile');
    expect(actor.noted.at(-1)).toBe('meanwhile');
    await slow.return();
  });

  it('ends its generator as a turn when the reader leaves the loop', async () => {
    const actor = await start();
    for await (const item of actor.stream('count', 100)) if (item === 3) break;
    await actor.settle();
    expect(actor.noted.at(-1)).toBe('cleaned up');
    expect(actor.signals[0]?.aborted).toBe(true);
    expect(actor.failures).toEqual([]);
  });

  it('ends with its signal', async () => {
    const actor = await start();
    const controller = new AbortController();
    const stream = actor.stream('wait', undefined, { signal: controller.signal, timeout: '1m' });
    expect(await stream.next()).toEqual({ done: false, value: Infinity });
    const next = stream.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toMatchObject({ code: 'TROUPE_ASK_ABORTED' });
    expect(await stream.next()).toMatchObject({ done: true });
    await expect(all(actor.stream('count', 3, { signal: controller.signal }))).rejects.toMatchObject({
      code: 'TROUPE_ASK_ABORTED',
    });
    expect(actor.account().sent).toBe(1);
  });

  it('ends when an item takes longer than the timeout, however long all of them take', async () => {
    const actor = await start();
    const stream = actor.stream('count', 3, { timeout: 100, window: 1 });
    for (let number = 1; number <= 3; number += 1) {
      await stream.next();
      // As long as nobody waits for an item, none is late.
      await actor.pass(1000);
    }
    expect(await stream.next()).toMatchObject({ done: true });
    const late = actor.stream('wait', undefined, { timeout: 100 });
    await late.next();
    const next = late.next();
    next.catch(() => undefined);
    await actor.pass(100);
    await expect(next).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
  });

  it('passes on what a generator throws, behind its items, and the actor fails', async () => {
    const actor = await start();
    const stream = actor.stream('fail', 2);
    expect([(await stream.next()).value, (await stream.next()).value]).toEqual([0, 1]);
    await expect(stream.next()).rejects.toThrow(new RangeError('not today'));
    expect(actor.failures).toHaveLength(1);
    expect(actor.failures[0]).toMatchObject({ kind: 'error', error: { message: 'not today' } });
  });

  it('is no failure of its reader when the generator cleans up badly, but of the actor', async () => {
    const actor = await start();
    for await (const item of actor.stream('cleanUpBadly')) {
      expect(item).toBe(1);
      break;
    }
    await actor.settle();
    expect(actor.failures).toMatchObject([{ error: { message: 'it would not close' } }]);
  });
});

describe('the end of an actor', () => {
  it('ends its streams with what has come, and an error; they have cleaned up before onStop', async () => {
    const actor = await start();
    const stream = actor.stream('count', 100, { window: 3 });
    await stream.next();
    await actor.settle();
    await actor.cell.stop(1000, true);
    expect(actor.noted.slice(-2)).toEqual(['cleaned up', 'stopped']);
    expect([(await stream.next()).value, (await stream.next()).value]).toEqual([2, 3]);
    await expect(stream.next()).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
  });

  it('ends a stream that was asked for before and begins after', async () => {
    const actor = await start();
    actor.cell.tell('note', 'first');
    const reading = all(actor.stream('count', 100));
    await Promise.all([
      actor.cell.stop(1000, true),
      expect(reading).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' }),
    ]);
    expect(actor.account()).toMatchObject({ sent: 2, delivered: 2, waiting: 0 });
  });

  it('ends a stream whose generator does not return, and so does a failure, and a restart', async () => {
    const actor = await start();
    const hanging = actor.stream('wait');
    await hanging.next();
    const idle = actor.stream('count', 100);
    await actor.settle();
    const next = hanging.next();
    next.catch(() => undefined);
    await actor.settle();
    actor.cell.end({ kind: 'hung', afterMs: 5 });
    await expect(next).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    await expect(idle.next()).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });

    const failing = await start();
    const other = failing.stream('count', 100, { window: 1 });
    await other.next();
    await expect(all(failing.stream('fail', 0))).rejects.toThrow('not today');
    await expect(all(other)).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    await failing.cell.restart();
    expect(await all(failing.stream('count', 2))).toEqual([1, 2]);
    expect(failing.noted).toContain('cleaned up');
  });

  it('ends a stream when a failure comes from outside, and it has cleaned up when the actor goes on', async () => {
    const actor = await start();
    const stream = actor.stream('count', 100, { window: 1 });
    await stream.next();
    actor.cell.fail({ kind: 'error', error: new Error('of another') });
    await actor.settle();
    await expect(all(stream)).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    actor.cell.resume();
    await actor.settle();
    expect(actor.noted).toEqual(['made 1', 'cleaned up']);
  });
});

describe('a message that is answered otherwise', () => {
  it('is a mistake of whoever asked, and no failure of the actor', async () => {
    const actor = await start();
    await expect(actor.ask('count', 3)).rejects.toThrow("read it with stream('count')");
    await expect(actor.ask('letters', 'a')).rejects.toThrow(TypeError);
    await expect(all(actor.stream('value'))).rejects.toThrow("get it with ask('value')");
    await expect(all(actor.stream('note', 'x'))).rejects.toThrow(TypeError);
    await expect(all(actor.stream('nothing'))).rejects.toMatchObject({ code: 'TROUPE_NO_HANDLER' });
    expect(actor.failures).toEqual([]);
    expect(await actor.ask('value')).toEqual([1, 2, 3]);
  });

  it('runs to its end when it was told', async () => {
    const actor = await start();
    actor.cell.tell('count', 20);
    await actor.settle();
    expect(actor.noted).toHaveLength(21);
    actor.cell.tell('do', (context: Context) => context.timers.after('once', 10, 'count', 2));
    await actor.settle();
    await actor.pass(10);
    expect(actor.noted.slice(-3)).toEqual(['made 1', 'made 2', 'cleaned up']);
  });

  it.each([0, 1.5, -1, 65_537, NaN, '16' as unknown as number])('refuses a window of %p', async (window) => {
    const actor = await start();
    expect(() => actor.stream('count', 1, { window })).toThrow(
      expect.objectContaining({ code: 'TROUPE_CONFIGURATION' }),
    );
  });
});
