// nact: actors of one event loop.
/* eslint-disable @typescript-eslint/no-generated-empty-object-type -- it declares its refs as empty classes */
import { dispatch, query, spawn, start, stop, type ActorSystemRef, type Ref } from 'nact';
import type { Contender, Stage } from '../contender.ts';
import type { Item } from '../payload.ts';
import { Tally, type Handled } from '../tally.ts';

const TIMEOUT_MS = 60_000;
// It has no back-pressure: without a pause after so many, a queue of millions would be measured.
const PAUSE_AFTER = 1024;

type Message =
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'echo'; readonly item: Item; readonly to: Ref<Item> }
  | { readonly type: 'handled'; readonly to: Ref<Handled> }
  | { readonly type: 'hello'; readonly to: Ref<string> };

export function nactContender(): Contender {
  return { name: 'nact', description: 'actors of one event loop', kind: 'reference', stage: open };
}

function open(): Promise<Stage> {
  const system = start();
  const counter = spawnCounter(system);
  let sent = 0;
  return Promise.resolve({
    conversation: {
      echo: (item) => query(counter, (to: Ref<Item>) => ({ type: 'echo', item, to }), TIMEOUT_MS),
      tell(item) {
        dispatch(counter, { type: 'item', item });
        sent += 1;
        return sent % PAUSE_AFTER !== 0;
      },
      async ready() {
        await hello(counter);
      },
      handled: () => query(counter, (to: Ref<Handled>) => ({ type: 'handled', to }), TIMEOUT_MS),
      close() {
        stop(system);
        return Promise.resolve();
      },
    },
    async live() {
      const actor = spawnCounter(system);
      await hello(actor);
      stop(actor);
    },
    populate(count) {
      const actors = Array.from({ length: count }, () => spawnCounter(system));
      return Promise.resolve(() => {
        for (const actor of actors) stop(actor);
        return Promise.resolve();
      });
    },
  });
}

function hello(actor: Ref<Message>): Promise<string> {
  return query(actor, (to: Ref<string>) => ({ type: 'hello', to }), TIMEOUT_MS);
}

let named = 0;

function spawnCounter(system: ActorSystemRef): Ref<Message> {
  named += 1;
  return spawn(
    system,
    (tally: Tally, message: Message) => {
      if (message.type === 'item') tally.add(message.item);
      else if (message.type === 'echo') dispatch(message.to, message.item);
      else if (message.type === 'handled') dispatch(message.to, tally.take());
      else dispatch(message.to, 'hello');
      return tally;
    },
    // The names that it would choose are random numbers, two of which are equal now and then among so many actors.
    `counter-${String(named)}`,
    { initialStateFunc: () => new Tally() },
  );
}
