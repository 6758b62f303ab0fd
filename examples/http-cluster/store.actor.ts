// Counts visits by path, for all workers: they share nothing else.
import { defineActor } from 'troupe';

export const Store = defineActor(import.meta.url, {
  init: () => ({ visits: new Map<string, number>(), total: 0 }),
  handlers: {
    visit(state, path: string) {
      const visits = (state.visits.get(path) ?? 0) + 1;
      state.visits.set(path, visits);
      state.total += 1;
      return visits;
    },
    total: ({ total }) => total,
  },
});
