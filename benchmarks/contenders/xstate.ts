// xstate: actors of one event loop whose logic is a function of state and event.
import { createActor, fromTransition } from 'xstate';
import type { Contender, Stage } from '../contender.ts';
import type { Item } from '../payload.ts';
import { Tally, type Handled } from '../tally.ts';

type CounterEvent =
  | { readonly type: 'item'; readonly item: Item }
  | { readonly type: 'echo'; readonly item: Item; readonly to: Asker }
  | { readonly type: 'handled'; readonly to: Asker };

interface ReplyEvent {
  readonly type: 'reply';
  readonly value: unknown;
}

/** Whatever takes a reply. */
interface Asker {
  send(event: ReplyEvent): void;
}

const counterLogic = fromTransition(
  (tally: Tally, event: CounterEvent) => {
    if (event.type === 'item') tally.add(event.item);
    else if (event.type === 'echo') event.to.send({ type: 'reply', value: event.item });
    // Its own events of starting and stopping come here too.
    else if (event.type === 'handled') event.to.send({ type: 'reply', value: tally.take() });
    return tally;
  },
  () => new Tally(),
);

export function xstateContender(): Contender {
  return {
    name: 'xstate',
    description: 'actors of one event loop; a reply is an event to the asker',
    kind: 'reference',
    stage: open,
  };
}

function open(): Promise<Stage> {
  let answer: (value: unknown) => void = () => undefined;
  const askerLogic = fromTransition((state: undefined, event: ReplyEvent) => {
    answer(event.value);
    return state;
  }, undefined);
  const asker = createActor(askerLogic).start();
  const counter = createActor(counterLogic).start();
  const ask = <Answer>(type: 'echo' | 'handled', item: Item): Promise<Answer> =>
    new Promise((resolve) => {
      answer = resolve as typeof answer;
      counter.send({ type, item, to: asker });
    });
  return Promise.resolve({
    conversation: {
      echo: (item) => ask<Item>('echo', item),
      // An event has been handled when `send` returns.
      tell(item) {
        counter.send({ type: 'item', item });
        return true;
      },
      ready: () => Promise.resolve(),
      handled: () => ask<Handled>('handled', { id: 0, payload: '' }),
      close() {
        counter.stop();
        asker.stop();
        return Promise.resolve();
      },
    },
    live() {
      const actor = createActor(counterLogic).start();
      actor.send({ type: 'handled', to: asker });
      actor.stop();
      return Promise.resolve();
    },
    populate(count) {
      const actors = Array.from({ length: count }, () => createActor(counterLogic).start());
      return Promise.resolve(() => {
        for (const actor of actors) actor.stop();
        return Promise.resolve();
      });
    },
  });
}
