// Tells everybody who subscribed a number that grows, five times a second. It needs no message to learn that a reader is gone,
// however that ended: it watches each.
import { defineActor, describeReason, type RefOf } from 'troupe';
import type { Reader } from './reader.actor.ts';

interface Subscriber {
  readonly reader: RefOf<typeof Reader>;
  ticks: number;
}

interface State {
  readonly subscribers: Map<string, Subscriber>;
  readonly timer: NodeJS.Timeout;
}

const TICK_EVERY_MS = 200;

export const Clock = defineActor(import.meta.url, {
  init: (context): State => ({
    subscribers: new Map(),
    timer: setInterval(() => context.self.tell('tick'), TICK_EVERY_MS),
  }),
  handlers: {
    subscribe(state, reader: RefOf<typeof Reader>, context) {
      console.log('a reader subscribed');
      state.subscribers.set(String(reader), { reader, ticks: 0 });
      context.watch(reader);
    },
    processId: () => process.pid,
    tick(state) {
      for (const subscriber of state.subscribers.values()) {
        subscriber.ticks += 1;
        subscriber.reader.tell('tick', subscriber.ticks);
      }
    },
  },
  onDown(state, { ref, reason }) {
    console.log(`a reader is gone: ${describeReason(reason)}`);
    state.subscribers.delete(String(ref));
  },
  onStop: ({ timer }) => clearInterval(timer),
});
