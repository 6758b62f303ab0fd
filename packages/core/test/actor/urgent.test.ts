// What goes before messages that wait: those that the definition calls urgent, and whatever concerns the life of the actor.
import { describe, expect, it } from '@jest/globals';
import { defineActor } from '../../src/actor/define-actor.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

interface Worker extends LoneCell {
  readonly handled: readonly string[];
  open(): void;
}

/** An actor that is at a message while others wait. */
async function busyWorker(urgent?: readonly ('cancel' | 'resume')[]): Promise<Worker> {
  const handled: string[] = [];
  const Worker = defineActor(import.meta.url, {
    ...(urgent === undefined ? {} : { urgent }),
    handlers: {
      wait: async (_state, gate: Promise<void>) => gate,
      work: (_state, name: string) => void handled.push(name),
      cancel: (_state, name: string) => void handled.push(name),
    },
    modes: { paused: { resume: (_state, name: string) => void handled.push(name) } },
    onDown: () => void handled.push('down'),
  });
  const lone = await loneCell(Worker as never);
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  lone.cell.tell('wait', gate);
  await lone.settle();
  return { ...lone, handled, open: () => open() };
}

describe('an urgent message', () => {
  it('goes before those that wait, in the order of its kind', async () => {
    const { cell, handled, open, settle } = await busyWorker(['cancel']);
    for (const name of ['a', 'b']) cell.tell('work', name);
    for (const name of ['x', 'y']) cell.tell('cancel', name);
    cell.tell('work', 'c');
    open();
    await settle();
    expect(handled).toEqual(['x', 'y', 'a', 'b', 'c']);
  });

  it('lets one that is not urgent by after 32 in a row, so that nobody waits for ever', async () => {
    const { cell, handled, open, settle } = await busyWorker(['cancel']);
    for (const name of ['a', 'b']) cell.tell('work', name);
    for (let count = 0; count < 70; count += 1) cell.tell('cancel', 'x');
    open();
    await settle();
    expect([handled.indexOf('a'), handled.indexOf('b')]).toEqual([32, 65]);
    expect(handled).toHaveLength(72);
  });

  it('does not go behind the news of an end that came after it', async () => {
    const { cell, handled, open, settle } = await busyWorker(['cancel']);
    for (let count = 0; count < 40; count += 1) cell.tell('cancel', 'x');
    cell.notifyDown({ ref: undefined as never, reason: { kind: 'normal' }, lost: 0 });
    for (let count = 0; count < 40; count += 1) cell.tell('cancel', 'y');
    open();
    await settle();
    expect(handled.slice(0, 42)).toEqual([...Array.from({ length: 40 }, () => 'x'), 'down', 'y']);
  });

  it('of a type without a handler is refused when the actor is defined', async () => {
    await expect(busyWorker(['cancle' as never])).rejects.toThrow(
      "urgent names 'cancle', and there is no such handler. Did you mean 'cancel'?",
    );
    await expect(busyWorker('cancel' as never)).rejects.toThrow('expected a list of names of handlers');
    await expect(busyWorker(['resume'])).resolves.toBeDefined();
  });
});

describe('what concerns the life of an actor is not behind messages:', () => {
  it('that it is stopped without waiting for them', async () => {
    const { cell, handled, deadLetters, open } = await busyWorker(['cancel']);
    for (const name of ['a', 'b']) cell.tell('cancel', name);
    const stopped = cell.stop(undefined, false);
    open();
    await stopped;
    expect(handled).toEqual([]);
    expect(deadLetters).toEqual(['stopped cancel', 'stopped cancel']);
  });

  it('that it fails, by a link or for want of room, and is started again', async () => {
    const { cell, handled, failures, open, settle } = await busyWorker(['cancel']);
    for (const name of ['a', 'b']) cell.tell('cancel', name);
    cell.fail({ kind: 'error', error: new Error('linked') });
    open();
    await settle();
    expect(failures).toHaveLength(1);
    expect(handled).toEqual([]);
    await cell.restart();
    await settle();
    expect(handled).toEqual(['a', 'b']);
  });
});
