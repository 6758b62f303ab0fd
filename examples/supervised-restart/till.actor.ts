// A till: adds up what it is paid, and fails on an amount that makes no sense. It does not repair itself; that is for its
// supervisor to decide.
import { defineActor } from 'troupe';

export const Till = defineActor(import.meta.url, {
  init: () => ({ sum: 0 }),
  handlers: {
    pay(state, amount: number) {
      if (amount < 0) throw new RangeError(`nobody can pay ${amount}`);
      state.sum += amount;
    },
    sum: (state) => state.sum,
  },
});
