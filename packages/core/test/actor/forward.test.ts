// Messages that an actor hands on: who is answered, by whom, and what becomes of deadlines, signals and counts.
import { describe, expect, it } from '@jest/globals';
import type { ActorRef } from '../../src/actor/actor-ref.ts';
import type { Context } from '../../src/actor/behavior.ts';
import { defineActor } from '../../src/actor/define-actor.ts';
import type { Protocol } from '../../src/actor/protocol.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

type Do = (context: Context) => unknown;

const Desk = defineActor(import.meta.url, {
  handlers: {
    do: (_state, what: Do, context) => what(context),
    work: (_state, _job: unknown, _context) => 'worked at the desk',
  },
});

// Of what is held in the back.
const signals: AbortSignal[] = [];

const Back = defineActor(import.meta.url, {
  handlers: {
    work: (_state, job: string) => `worked at ${job}`,
    do: (_state, _what: Do) => 'done in the back',
    fail: () => {
      throw new RangeError('not today');
    },
    left: (_state, _nothing: undefined, context) => context.timeLeft,
    hold: (_state, _nothing: undefined, context) => {
      signals.push(context.signal);
      return new Promise(() => undefined);
    },
  },
});

interface Office {
  readonly desk: LoneCell;
  readonly back: LoneCell;
  /** The way to the one in the back. */
  readonly ref: ActorRef<Protocol>;
}

async function open(): Promise<Office> {
  const desk = await loneCell(Desk as never);
  const back = await loneCell(Back as never);
  return { desk, back, ref: back.cell as unknown as ActorRef<Protocol> };
}

describe('a forwarded ask', () => {
  it('is answered by the other actor, and the first goes on at once', async () => {
    const { desk, back, ref } = await open();
    const held = desk.ask('do', (context: Context) => context.forward(ref, 'hold', undefined));
    held.catch(() => undefined);
    const next = desk.ask('work', 'later');
    expect(await next).toBe('worked at the desk');
    const other = desk.ask('do', (context: Context) => context.forward(ref, 'work', 'home'));
    await desk.settle();
    back.cell.end({ kind: 'normal' });
    await expect(held).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    await expect(other).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    expect(desk.account()).toMatchObject({ sent: 3, delivered: 3, waiting: 0 });
    expect(back.account()).toEqual({ sent: 2, delivered: 1, dead: 1, lost: 0, waiting: 0 });
  });

  it('carries another message, or the one at hand', async () => {
    const { desk, ref } = await open();
    expect(await desk.ask('do', (context: Context) => context.forward(ref, 'work', 'home'))).toBe(
      'worked at home',
    );
    expect(await desk.ask('do', (context: Context) => context.forward(ref))).toBe('done in the back');
    expect(await desk.ask('do', async (context: Context) => Promise.resolve(context.forward(ref)))).toBe(
      'done in the back',
    );
  });

  it('is answered with the error of the other actor, and the first does not fail', async () => {
    const { desk, back, ref } = await open();
    const asked = desk.ask('do', (context: Context) => context.forward(ref, 'fail'));
    await expect(asked).rejects.toThrow(new RangeError('not today'));
    expect(desk.failures).toEqual([]);
    expect(back.failures).toHaveLength(1);
  });

  it('keeps its deadline and is aborted with it', async () => {
    const { desk, ref } = await open();
    signals.length = 0;
    const forward = (type: string) => (context: Context) => context.forward(ref, type, undefined);
    expect(await desk.ask('do', forward('left'), 700)).toBe(700);
    const controller = new AbortController();
    const held = desk.ask(
      'do',
      (context: Context) => {
        // It was looked at here before the message went on.
        expect(context.signal.aborted).toBe(false);
        return forward('hold')(context);
      },
      700,
      controller.signal,
    );
    await desk.settle();
    controller.abort();
    await expect(held).rejects.toMatchObject({ code: 'TROUPE_ASK_ABORTED' });
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  it('stays with the first actor when the message cannot go', async () => {
    const { desk } = await open();
    const nowhere = {
      send: () => {
        throw new TypeError('it cannot travel');
      },
    } as unknown as ActorRef<Protocol>;
    const asked = desk.ask('do', (context: Context) => {
      expect(() => context.forward(nowhere)).toThrow('it cannot travel');
      return 'handled here after all';
    });
    expect(await asked).toBe('handled here after all');
  });
});

describe('forward', () => {
  it('tells on what was told', async () => {
    const { desk, back, ref } = await open();
    desk.cell.tell('do', (context: Context) => context.forward(ref, 'work', 'home'));
    await desk.settle();
    expect(desk.account()).toEqual({ sent: 1, delivered: 1, dead: 0, lost: 0, waiting: 0 });
    expect(back.account()).toEqual({ sent: 1, delivered: 1, dead: 0, lost: 0, waiting: 0 });
  });

  it('tells on what a timer sent, which goes on', async () => {
    const { desk, back, ref } = await open();
    const forward = (context: Context): unknown => context.forward(ref, 'work', 'home');
    desk.cell.tell('do', (context: Context) => context.timers.every('tick', 100, 'do', forward));
    await desk.settle();
    for (let tick = 0; tick < 3; tick += 1) await desk.pass(100);
    expect(back.account()).toMatchObject({ sent: 3, delivered: 3 });
  });

  it('needs a message at hand', async () => {
    const { desk, ref } = await open();
    expect(() => desk.cell.context.forward(ref)).toThrow(TypeError);
  });
});
