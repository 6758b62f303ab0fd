// What an actor knows of the time that its askers have, and what becomes of asks that nobody waits for any more.
import { describe, expect, it } from '@jest/globals';
import { defineActor } from '../../src/actor/define-actor.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

interface Watched extends LoneCell {
  readonly left: number[];
  readonly release: () => void;
}

/** An actor that notes how much time there is, and one message of which it holds until it is told to go on. */
async function start(): Promise<Watched> {
  const left: number[] = [];
  let release: () => void = () => undefined;
  const Worker = defineActor(import.meta.url, {
    handlers: {
      note: (_state, _nothing: undefined, context) => void left.push(context.timeLeft),
      hold: async (_state, _nothing: undefined, context) => {
        left.push(context.timeLeft);
        await new Promise<void>((resolve) => (release = resolve));
        left.push(context.timeLeft);
      },
    },
  });
  return { ...(await loneCell(Worker as never)), left, release: () => release() };
}

describe('the time left', () => {
  it('is that of the ask at hand, and without end for a tell and for an ask that waits without end', async () => {
    const actor = await start();
    const asked = actor.ask('note', undefined, 100);
    actor.cell.tell('note', undefined);
    await asked;
    await actor.ask('note', undefined, Infinity);
    expect(actor.left).toEqual([100, Infinity, Infinity]);
  });

  it('grows shorter while a message waits and while it is handled, and is never less than nothing', async () => {
    const actor = await start();
    const first = actor.ask('hold', undefined, 1000);
    const second = actor.ask('note', undefined, 1000);
    await actor.settle();
    await actor.pass(400);
    actor.release();
    await Promise.all([first, second]);
    expect(actor.left).toEqual([1000, 600, 600]);
    const third = actor.ask('hold', undefined, 50);
    third.catch(() => undefined);
    await actor.settle();
    await actor.pass(200);
    actor.release();
    await actor.settle();
    expect(actor.left.slice(3)).toEqual([50, 0]);
  });
});

describe('an ask that is not handled', () => {
  it('is a dead letter `expired` when its time was up first, and `abandoned` when it was aborted', async () => {
    const actor = await start();
    actor.cell.tell('hold', undefined);
    const controller = new AbortController();
    const late = actor.ask('note', undefined, 100);
    const aborted = actor.ask('note', undefined, 5000, controller.signal);
    const results = Promise.allSettled([late, aborted]);
    await actor.pass(100);
    controller.abort();
    actor.release();
    await actor.settle();
    expect(actor.deadLetters).toEqual(['expired note', 'abandoned note']);
    expect(actor.account()).toMatchObject({ sent: 3, delivered: 1, dead: 2, waiting: 0 });
    expect(await results).toMatchObject([
      { reason: { code: 'TROUPE_ASK_TIMEOUT' } },
      { reason: { code: 'TROUPE_ASK_ABORTED' } },
    ]);
  });
});
