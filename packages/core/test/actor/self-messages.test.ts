// What an actor sends itself, with time in the hands of the test.
import { describe, expect, it } from '@jest/globals';
import type { Context } from '../../src/actor/behavior.ts';
import { defineActor } from '../../src/actor/define-actor.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

/** An actor that does what it is told with its context, and notes what comes. */
async function start(capacity?: number): Promise<LoneCell & { readonly noted: unknown[] }> {
  const noted: unknown[] = [];
  const Scribe = defineActor(import.meta.url, {
    handlers: {
      do: (_state, what: (context: Context) => unknown, context) => what(context),
      note: (_state, value: unknown) => {
        noted.push(value);
      },
      slowly: async (_state, gate: Promise<void>) => {
        noted.push('slowly');
        await gate;
      },
      fail: () => {
        throw new Error('as told');
      },
    },
  });
  return { ...(await loneCell(Scribe as never, capacity === undefined ? {} : { capacity })), noted };
}

const doing = (actor: LoneCell, what: (context: Context) => unknown): Promise<unknown> =>
  actor.ask('do', what);

function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('a timer', () => {
  it('sends one message when it is due, with its payload', async () => {
    const actor = await start();
    await doing(actor, ({ timers }) => timers.after('a', '250ms', 'note', 'payload'));
    await actor.pass(249);
    expect(actor.noted).toEqual([]);
    await actor.pass(1);
    await actor.pass(1000);
    expect(actor.noted).toEqual(['payload']);
    expect(actor.clock.pending).toBe(0);
  });

  it('sends one each interval until it is cancelled', async () => {
    const actor = await start();
    await doing(actor, ({ timers }) => timers.every('a', '1s', 'note', 'again'));
    for (let second = 0; second < 3; second += 1) await actor.pass(1000);
    expect(actor.noted).toHaveLength(3);
    await doing(actor, ({ timers }) => timers.cancel('a'));
    await actor.pass(5000);
    expect(actor.noted).toHaveLength(3);
    expect(actor.clock.pending).toBe(0);
  });

  it('is one for each key: the last that was set', async () => {
    const actor = await start();
    await doing(actor, ({ timers }) => {
      timers.after('a', 10, 'note', 'first');
      timers.after('a', 20, 'note', 'second');
      timers.after('b', 20, 'note', 'other');
    });
    await actor.pass(100);
    expect(actor.noted).toEqual(['second', 'other']);
  });

  it('does not pile up in front of a slow actor: one message waits at most, and what is missed is not made up for', async () => {
    const actor = await start();
    const { opened, open } = gate();
    await doing(actor, ({ timers }) => timers.every('a', 10, 'note', 'tick'));
    actor.cell.tell('slowly', opened);
    await actor.settle();
    for (let count = 0; count < 50; count += 1) await actor.pass(10);
    expect(actor.cell.depth).toBe(1);
    open();
    await actor.settle();
    expect(actor.noted).toEqual(['slowly', 'tick']);
    await actor.pass(10);
    expect(actor.noted).toEqual(['slowly', 'tick', 'tick']);
  });

  it('keeps to its times after the event loop was held up', async () => {
    const actor = await start();
    const times: number[] = [];
    await doing(actor, ({ timers }) => timers.every('a', 10, 'do', () => times.push(actor.clock.now())));
    const { now } = actor.clock;
    // The clock is read 25 ms after the time at which the timer called.
    actor.clock.now = () => now() + 25;
    await actor.pass(10);
    actor.clock.now = now;
    await actor.pass(30);
    expect(times).toEqual([35, 40]);
  });

  it('stands in line behind what waits, and is not refused by a full mailbox', async () => {
    const actor = await start(2);
    const { opened, open } = gate();
    await doing(actor, ({ timers }) => timers.after('a', 10, 'note', 'timer'));
    actor.cell.tell('slowly', opened);
    await actor.settle();
    actor.cell.tell('note', 'before');
    actor.cell.tell('note', 'full');
    await actor.pass(10);
    actor.cell.tell('note', 'refused');
    open();
    await actor.settle();
    expect(actor.noted).toEqual(['slowly', 'before', 'full', 'timer']);
    expect(actor.deadLetters).toEqual(['mailbox-full note']);
  });

  it('that is cancelled or set anew takes back what waits', async () => {
    const actor = await start();
    const { opened, open } = gate();
    await doing(actor, ({ timers }) => {
      timers.after('a', 10, 'note', 'cancelled');
      timers.after('b', 10, 'note', 'old');
    });
    actor.cell.tell('do', async ({ timers }: Context) => {
      await opened;
      timers.cancel('a');
      timers.after('b', 10, 'note', 'new');
    });
    await actor.settle();
    await actor.pass(10);
    expect(actor.cell.depth).toBe(2);
    open();
    await actor.settle();
    await actor.pass(10);
    expect(actor.noted).toEqual(['new']);
    expect(actor.account()).toMatchObject({ delivered: 3, dead: 2, waiting: 0 });
  });

  it('ends with a restart, and takes back what waits; with resume it goes on', async () => {
    const actor = await start();
    await doing(actor, ({ timers }) => timers.every('a', 10, 'note', 'tick'));
    actor.cell.tell('fail', undefined);
    await actor.settle();
    actor.cell.resume();
    await actor.pass(10);
    expect(actor.noted).toEqual(['tick']);
    actor.cell.tell('fail', undefined);
    await actor.settle();
    await actor.pass(10);
    expect(actor.cell.depth).toBe(1);
    await actor.cell.restart();
    await actor.pass(100);
    expect(actor.noted).toEqual(['tick']);
    expect(actor.clock.pending).toBe(0);
    await doing(actor, ({ timers }) => timers.after('a', 10, 'note', 'fresh'));
    await actor.pass(10);
    expect(actor.noted).toEqual(['tick', 'fresh']);
  });

  it.each([true, false])('ends with the actor, and one set later is none, with drain: %s', async (drain) => {
    const actor = await start();
    let kept: Context | undefined;
    await doing(actor, (context) => {
      kept = context;
      context.timers.every('a', 10, 'note', 'tick');
    });
    await actor.cell.stop(undefined, drain);
    kept?.timers.after('b', 10, 'note', 'late');
    expect(actor.clock.pending).toBe(0);
    expect(actor.noted).toEqual([]);
  });

  it('has sent what is still handled while the actor drains', async () => {
    const actor = await start();
    const { opened, open } = gate();
    await doing(actor, ({ timers }) => timers.after('a', 10, 'note', 'tick'));
    actor.cell.tell('slowly', opened);
    await actor.settle();
    await actor.pass(10);
    const stopped = actor.cell.stop(undefined, true);
    open();
    await stopped;
    expect(actor.noted).toEqual(['slowly', 'tick']);
    expect(actor.deadLetters).toEqual([]);
  });

  it('refuses what is no time, and a type that has no handler', async () => {
    const actor = await start();
    await doing(actor, ({ timers }) => {
      expect(() => timers.after('a', '2 weeks', 'note')).toThrow('expected milliseconds');
      expect(() => timers.after('a', Infinity, 'note')).toThrow('expected milliseconds');
      expect(() => timers.every('a', 0, 'note')).toThrow('1 or more');
      expect(() => timers.after('a', 1, 'note_')).toThrow("Did you mean 'note'?");
    });
    expect(actor.clock.pending).toBe(0);
  });
});

describe('a piped promise', () => {
  it('comes as a message, behind what waits, and holds nobody up', async () => {
    const actor = await start();
    const { opened, open } = gate();
    await doing(actor, (context) =>
      context.pipe(
        opened.then(() => 'value'),
        'note',
      ),
    );
    await actor.ask('note', 'meanwhile');
    open();
    await actor.settle();
    expect(actor.noted).toEqual(['meanwhile', 'value']);
  });

  it('that rejects comes as the other message, or as a failure of the actor', async () => {
    const actor = await start();
    const error = new Error('not found');
    await doing(actor, (context) => context.pipe(Promise.reject(error), 'do', 'note'));
    await actor.settle();
    expect(actor.noted).toEqual([error]);
    await doing(actor, (context) => context.pipe(Promise.reject(error), 'note'));
    await actor.settle();
    expect(actor.failures).toEqual([{ kind: 'error', error }]);
  });

  it('does not reach the actor that was started again meanwhile', async () => {
    const actor = await start();
    const { opened, open } = gate();
    await doing(actor, (context) => {
      context.pipe(opened, 'note');
      context.pipe(
        opened.then(() => Promise.reject(new Error('late'))),
        'note',
      );
    });
    actor.cell.tell('fail', undefined);
    await actor.settle();
    await actor.cell.restart();
    open();
    await actor.settle();
    expect(actor.noted).toEqual([]);
    expect(actor.deadLetters).toEqual(['abandoned note']);
    expect(actor.failures).toHaveLength(1);
  });

  it('is a dead letter after the actor ended, and the account closes', async () => {
    const actor = await start();
    const { opened, open } = gate();
    await doing(actor, (context) => {
      context.pipe(opened, 'note');
      context.pipe(
        opened.then(() => Promise.reject(new Error('late'))),
        'note',
      );
    });
    await actor.cell.stop(undefined, true);
    open();
    await actor.settle();
    expect(actor.deadLetters).toEqual(['abandoned note']);
    expect(actor.account()).toEqual({ sent: 2, delivered: 1, dead: 1, lost: 0, waiting: 0 });
  });
});
