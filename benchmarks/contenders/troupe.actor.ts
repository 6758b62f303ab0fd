// The far end over Troupe: an actor that counts.
import { defineActor } from 'troupe';
import { Tally, type Item } from '../contender.ts';

export const Counter = defineActor(import.meta.url, {
  init: () => new Tally(),
  handlers: {
    item: (tally, item: Item) => tally.add(item),
    echo: (_tally, item: Item) => item,
    handled: (tally) => tally.take(),
  },
});
