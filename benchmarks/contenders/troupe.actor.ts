// The actors at the far end over Troupe, and in the same process.
import { defineActor, type RefOf, type UntypedRef } from 'troupe';
import { flood } from '../flood.ts';
import type { Item, PayloadSize } from '../payload.ts';
import { Tally } from '../tally.ts';

/** Counts what it is told. */
export const Counter = defineActor(import.meta.url, {
  init: () => new Tally(),
  handlers: {
    item: (tally, item: Item) => tally.add(item),
    echo: (_tally, item: Item) => item,
    handled: (tally) => tally.take(),
  },
});

/** Counts what several senders tell it; `onDone` is called by each that has said all, with how many that was. */
export const Receiver = defineActor(import.meta.url, {
  init: (_context, options: { readonly onDone: (count: number) => void }) => ({
    ...options,
    tally: new Tally('any'),
  }),
  handlers: {
    item: ({ tally }, item: Item) => tally.add(item),
    done: ({ onDone }, count: number) => onDone(count),
    handled: ({ tally }) => tally.take(),
  },
});

interface Assignment {
  readonly to: RefOf<typeof Receiver>;
  readonly size: PayloadSize;
  readonly durationMs: number;
}

/** Tells a receiver what it is told to. */
export const Sender = defineActor(import.meta.url, {
  init: () => undefined,
  handlers: {
    async flood(_state, { to, size, durationMs }: Assignment) {
      const outlet = { tell: (item: Item) => to.tell('item', item), ready: () => to.ready() };
      to.tell('done', await flood(outlet, size, durationMs));
    },
    // Not by asking: each waits for its own handler to end.
    meet(_state, others: readonly UntypedRef[]) {
      for (const other of others) other.tell('hello');
    },
    hello: () => undefined,
  },
});
