// What becomes of messages that find no room, as the actor and its senders see it: nothing is lost without a word, whatever the
// policy.
import { afterEach, describe, expect, it } from '@jest/globals';
import { defineActor } from '../../src/actor/define-actor.ts';
import type { OverflowPolicy } from '../../src/overflow-policy.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

interface Worker extends LoneCell {
  readonly handled: readonly number[];
  /** Lets the message that the actor is at return. */
  open(): void;
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each();
});

/** An actor that is at a message and lets others wait. */
async function busyWorker(overflow: OverflowPolicy, capacity: number): Promise<Worker> {
  const handled: number[] = [];
  const Worker = defineActor(import.meta.url, {
    init: (context) => {
      context.timers.after('tick', 10, 'put', -1);
    },
    handlers: {
      wait: async (_state, gate: Promise<void>) => gate,
      put: (_state, number: number) => void handled.push(number),
    },
  });
  const lone = await loneCell(Worker as never, { capacity, overflow });
  const gate = new Promise<void>((resolve) => open.push(resolve));
  lone.cell.tell('wait', gate);
  await lone.settle();
  return {
    ...lone,
    handled,
    open: () => {
      for (const each of open.splice(0)) each();
    },
  };
}

const put = (worker: Worker, numbers: readonly number[]): boolean[] =>
  numbers.map((number) => worker.cell.tell('put', number));

describe('a mailbox that is full', () => {
  it("tells senders to wait before it is, and refuses one message more, with 'backpressure'", async () => {
    const worker = await busyWorker('backpressure', 4);
    expect(put(worker, [1, 2, 3, 4, 5])).toEqual([true, true, false, false, false]);
    expect(worker.deadLetters).toEqual(['mailbox-full put']);
    expect(worker.failures).toEqual([]);
    worker.open();
    await worker.settle();
    expect(worker.handled).toEqual([1, 2, 3, 4]);
  });

  it("drops the message that comes, and tells nobody to wait, with 'drop-newest'", async () => {
    const worker = await busyWorker('drop-newest', 4);
    expect(put(worker, [1, 2, 3, 4, 5, 6])).toEqual([true, true, true, true, false, false]);
    expect(worker.deadLetters).toEqual(['dropped put', 'dropped put']);
    worker.open();
    await worker.settle();
    expect(worker.handled).toEqual([1, 2, 3, 4]);
    expect(worker.account()).toMatchObject({ sent: 7, delivered: 5, dead: 2, lost: 0, waiting: 0 });
  });

  it("drops the oldest that waits, and tells nobody to wait, with 'drop-oldest'", async () => {
    const worker = await busyWorker('drop-oldest', 4);
    expect(put(worker, [1, 2, 3, 4, 5, 6])).toEqual([true, true, true, true, true, true]);
    expect(worker.deadLetters).toEqual(['dropped put', 'dropped put']);
    worker.open();
    await worker.settle();
    expect(worker.handled).toEqual([3, 4, 5, 6]);
    expect(worker.account()).toMatchObject({ sent: 7, delivered: 5, dead: 2, lost: 0, waiting: 0 });
  });

  it.each(['drop-newest', 'backpressure', 'fail'] as const)(
    'rejects the ask that finds no room at once, with %s',
    async (overflow) => {
      const worker = await busyWorker(overflow, 1);
      put(worker, [1]);
      await expect(worker.ask('put', 2)).rejects.toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
    },
  );

  it('rejects the ask that has to make room at once', async () => {
    const worker = await busyWorker('drop-oldest', 1);
    const asked = worker.ask('put', 1);
    put(worker, [2]);
    await expect(asked).rejects.toMatchObject({ code: 'TROUPE_MAILBOX_FULL' });
  });

  it('drops neither what the actor sent itself nor a notice', async () => {
    const worker = await busyWorker('drop-oldest', 2);
    await worker.pass(10);
    worker.cell.notifyDown({ ref: undefined as never, reason: { kind: 'normal' }, lost: 0 });
    put(worker, [1, 2, 3]);
    expect(worker.deadLetters).toEqual(['dropped put', 'dropped put']);
    worker.open();
    await worker.settle();
    expect(worker.handled).toEqual([-1, 3]);
  });

  it('drops what comes when nothing that waits may go', async () => {
    const worker = await busyWorker('drop-oldest', 1);
    await worker.pass(10);
    expect(put(worker, [1])).toEqual([false]);
    worker.open();
    await worker.settle();
    expect(worker.handled).toEqual([-1]);
  });
});

describe("an actor with 'fail'", () => {
  it('fails once for each time its mailbox overflows, and keeps what waits', async () => {
    const worker = await busyWorker('fail', 4);
    expect(put(worker, [1, 2, 3, 4, 5, 6])).toEqual([true, true, false, false, false, false]);
    worker.open();
    await worker.settle();
    expect(worker.failures).toMatchObject([{ kind: 'error', error: { code: 'TROUPE_MAILBOX_OVERFLOW' } }]);
    expect(worker.cell.state).toBe('at-rest');
    put(worker, [7]);
    expect(worker.failures).toHaveLength(1);
    await worker.cell.restart();
    await worker.settle();
    expect(worker.handled).toEqual([1, 2, 3, 4]);
    expect(worker.deadLetters).toEqual(['mailbox-full put', 'mailbox-full put', 'mailbox-full put']);
  });

  it('fails again when its mailbox overflows once more after it had room', async () => {
    const worker = await busyWorker('fail', 2);
    put(worker, [1, 2, 3]);
    worker.open();
    await worker.settle();
    await worker.cell.restart();
    await worker.settle();
    const gate = new Promise<void>((resolve) => open.push(resolve));
    worker.cell.tell('wait', gate);
    await worker.settle();
    put(worker, [4, 5, 6]);
    worker.open();
    await worker.settle();
    expect(worker.failures).toHaveLength(2);
  });

  it('does not fail a second time while it is still full after a restart', async () => {
    const worker = await busyWorker('fail', 2);
    put(worker, [1, 2, 3]);
    worker.open();
    await worker.settle();
    const restarted = worker.cell.restart();
    put(worker, [4]);
    await restarted;
    put(worker, [5]);
    await worker.settle();
    expect(worker.failures).toHaveLength(1);
  });
});
