// Prints the ticks it is told, and ends after as many as it wants.
import { defineActor } from 'troupe';

export const Reader = defineActor(import.meta.url, {
  init: (_context, { ticks }: { readonly ticks: number }) => ({ left: ticks }),
  handlers: {
    tick(state, number: number, context) {
      console.log(`tick ${number}`);
      state.left -= 1;
      if (state.left === 0) context.stop();
    },
  },
});
