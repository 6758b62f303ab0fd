// A ledger that writes slowly. That the program is being stopped is not its concern: it gets
// everything it was told, then `onStop`.
import { setTimeout as pause } from 'node:timers/promises';
import { defineActor } from 'troupe';

export const Ledger = defineActor(import.meta.url, {
  init: () => ({ entries: 0 }),
  handlers: {
    async write(state, _path: string) {
      await pause(20);
      state.entries += 1;
    },
  },
  onStop(state) {
    console.log(`the ledger closes with ${state.entries} entries`);
  },
});
