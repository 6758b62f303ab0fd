// Messages that an actor puts aside: who is answered, in which order they come back, and how each is counted.
import { describe, expect, it } from '@jest/globals';
import type { Context } from '../../src/actor/behavior.ts';
import { defineActor } from '../../src/actor/define-actor.ts';
import { NO_DEADLINE } from '../../src/actor/deadline.ts';
import { systemClock } from '../../src/clock.ts';
import { DEFAULT_LIMITS } from '../../src/actor/mailbox-limits.ts';
import { Mailbox } from '../../src/actor/mailbox.ts';
import { SETTLED, type Message } from '../../src/actor/message.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

/** An actor that puts everything aside until it is opened. */
async function start(capacity?: number): Promise<LoneCell & { readonly noted: unknown[] }> {
  const noted: unknown[] = [];
  const Door = defineActor(import.meta.url, {
    init: () => ({ isOpen: false }),
    handlers: {
      enter: (state, name: string, context) => {
        if (!state.isOpen) return context.stash();
        noted.push(name);
        return `welcome ${name}`;
      },
      enterSlowly: async (state, name: string, context) => {
        await Promise.resolve();
        if (!state.isOpen) return context.stash();
        noted.push(name);
        return `welcome ${name}`;
      },
      open: (state, _nothing: undefined, context) => {
        state.isOpen = true;
        context.unstash();
      },
      do: (_state, what: (context: Context) => unknown, context) => what(context),
    },
  });
  return { ...(await loneCell(Door as never, capacity === undefined ? {} : { capacity })), noted };
}

describe('a stash', () => {
  it('gives back what was put aside in its order, before what waits, and each asker gets its answer', async () => {
    const actor = await start();
    const answers = Promise.all([
      actor.ask('enter', 'a'),
      actor.ask('enterSlowly', 'b'),
      actor.ask('enter', 'c'),
    ]);
    await actor.settle();
    expect(actor.noted).toEqual([]);
    actor.cell.tell('open', undefined);
    actor.cell.tell('enter', 'd');
    expect(await answers).toEqual(['welcome a', 'welcome b', 'welcome c']);
    expect(actor.noted).toEqual(['a', 'b', 'c', 'd']);
    expect(actor.account()).toEqual({ sent: 5, delivered: 5, dead: 0, lost: 0, waiting: 0 });
  });

  it('goes on when a message that came by itself put it back', async () => {
    const actor = await start();
    actor.cell.tell('enter', 'a');
    await actor.settle();
    // Straight to the idle actor, as the event loop brings it.
    actor.cell.deliver({ ...aMessage(0), type: 'open', payload: undefined });
    await actor.settle();
    expect(actor.noted).toEqual(['a']);
  });

  it('holds as much as the mailbox; beyond it the actor fails, and the asker is told', async () => {
    const actor = await start(2);
    actor.cell.tell('enter', 'a');
    actor.cell.tell('enter', 'b');
    await actor.settle();
    await expect(actor.ask('enter', 'c')).rejects.toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
    expect(actor.failures).toHaveLength(1);
  });

  it('is in front of the mailbox after a restart', async () => {
    const actor = await start();
    const answer = actor.ask('enter', 'a');
    actor.cell.tell('do', () => {
      throw new Error('as told');
    });
    actor.cell.tell('open', undefined);
    await actor.settle();
    expect(actor.cell.depth).toBe(1);
    await actor.cell.restart();
    expect(await answer).toBe('welcome a');
    expect(actor.account()).toMatchObject({ delivered: 3, waiting: 0 });
  });

  it('gives up the message whose handler fails after all', async () => {
    const actor = await start();
    const answer = actor.ask('do', (context: Context) => {
      context.stash();
      throw new Error('after all');
    });
    await expect(answer).rejects.toThrow('after all');
    await actor.cell.restart();
    await actor.settle();
    expect(actor.failures).toHaveLength(1);
  });

  it.each([true, false])(
    'is dead letters when the actor ends, with drain: %s, and the account closes',
    async (drain) => {
      const actor = await start();
      const answer = actor.ask('enter', 'a');
      await actor.settle();
      await Promise.all([
        expect(answer).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' }),
        actor.cell.stop(undefined, drain),
      ]);
      expect(actor.deadLetters).toEqual(['stopped enter']);
      expect(actor.account()).toEqual({ sent: 1, delivered: 1, dead: 0, lost: 0, waiting: 0 });
    },
  );

  it('takes a message once, and only from its handler', async () => {
    const actor = await start();
    let kept: Context | undefined;
    let turns = 0;
    actor.cell.tell('do', (context: Context) => {
      turns += 1;
      kept = context;
      context.stash();
      context.stash();
    });
    await actor.settle();
    expect(() => kept?.stash()).toThrow(TypeError);
    await actor.ask('open');
    await actor.settle();
    expect(turns).toBe(2);
    expect(actor.account()).toMatchObject({ delivered: 2, dead: 0 });
  });
});

describe('the mailbox of an actor with a stash', () => {
  it('counts in messages and bytes what was put back', () => {
    const mailbox = new Mailbox({ ...DEFAULT_LIMITS, capacity: 10, maxBytes: 100 }, systemClock);
    mailbox.accept(aMessage(60));
    const taken = mailbox.take() as Message;
    expect(mailbox.stash(taken)).toBe(true);
    expect([mailbox.gauge.messages, mailbox.gauge.bytes, mailbox.stashed]).toEqual([0, 0, 1]);
    expect(mailbox.stash(aMessage(60))).toBe(false);
    mailbox.unstash();
    expect([mailbox.gauge.messages, mailbox.gauge.bytes, mailbox.stashed]).toEqual([1, 60, 0]);
    mailbox.take();
    expect(mailbox.gauge.bytes).toBe(0);
  });
});

function aMessage(bytes: number): Message {
  return {
    type: 't',
    payload: 1,
    asker: undefined,
    origin: SETTLED,
    bytes,
    prompt: false,
    expires: NO_DEADLINE,
  };
}
