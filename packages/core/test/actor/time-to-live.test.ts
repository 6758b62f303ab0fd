// Messages that waited longer than their mailbox lets them are not handled, and nobody who asks waits for them.
import { expect, it } from '@jest/globals';
import { defineActor } from '../../src/actor/define-actor.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

interface Worker extends LoneCell {
  readonly handled: readonly unknown[];
  open(): void;
}

/** An actor that is at a message while others wait. */
async function busyWorker(timeToLiveMs: number | undefined, capacity = 100): Promise<Worker> {
  const handled: unknown[] = [];
  const Worker = defineActor(import.meta.url, {
    init: (context) => {
      context.timers.after('tick', 10, 'put', 'tick');
    },
    handlers: {
      wait: async (_state, gate: Promise<void>) => gate,
      put: (_state, value: unknown) => void handled.push(value),
      later: (_state, _value: unknown, context) => context.stash(),
      now: (_state, _nothing: undefined, context) => context.unstash(),
    },
    modes: { open: { later: (_state, value: unknown) => void handled.push(value) } },
  });
  const lone = await loneCell(Worker as never, { capacity, timeToLiveMs });
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  lone.cell.tell('wait', gate);
  await lone.settle();
  return { ...lone, handled, open: () => open() };
}

it('a message that waited as long is a dead letter, and a younger one is handled', async () => {
  const worker = await busyWorker(100);
  worker.cell.tell('put', 'old');
  await worker.pass(60);
  worker.cell.tell('put', 'young');
  await worker.pass(60);
  worker.open();
  await worker.settle();
  expect(worker.handled).toEqual(['tick', 'young']);
  expect(worker.deadLetters).toEqual(['expired put']);
  expect(worker.account()).toMatchObject({ sent: 4, delivered: 3, dead: 1, lost: 0, waiting: 0 });
});

it('an ask that waited as long is rejected when its turn comes', async () => {
  const worker = await busyWorker(100);
  const asked = worker.ask('put', 'old');
  await worker.pass(200);
  worker.open();
  await expect(asked).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
  expect(worker.handled).toEqual(['tick']);
});

it('what an actor sent itself, or put aside, is not too old', async () => {
  const worker = await busyWorker(100);
  await worker.pass(10);
  await worker.pass(500);
  worker.open();
  await worker.settle();
  expect(worker.handled).toEqual(['tick']);
  worker.cell.tell('later', 'aside');
  await worker.settle();
  await worker.pass(500);
  worker.cell.tell('now', undefined);
  await worker.settle();
  worker.cell.loop.become('open');
  worker.cell.tell('now', undefined);
  await worker.settle();
  expect(worker.handled).toEqual(['tick', 'aside']);
  expect(worker.deadLetters).toEqual([]);
});

it('messages wait as long as it takes when nothing else is said', async () => {
  const worker = await busyWorker(undefined);
  worker.cell.tell('put', 'old');
  await worker.pass(10 ** 8);
  worker.open();
  await worker.settle();
  expect(worker.handled).toEqual(['old', 'tick']);
});
