// Troupe within one process: actors in this event loop.
import { createSystem, type ActorSystem } from 'troupe';
import type { Contender, Stage } from '../contender.ts';
import { Counter } from './troupe.actor.ts';

export function troupeLocalContender(): Contender {
  return {
    name: 'troupe in process',
    description: 'actors of one event loop',
    kind: 'troupe',
    stage: open,
  };
}

async function open(): Promise<Stage> {
  const system = await createSystem({ name: `benchmark-${String(process.pid)}` });
  const counter = await system.spawn(Counter);
  return {
    conversation: {
      echo: (item) => counter.ask('echo', item),
      tell: (item) => counter.tell('item', item),
      ready: () => counter.ready(),
      handled: () => counter.ask('handled', undefined),
      close: () => stop(system),
    },
    async live() {
      const actor = await system.spawn(Counter);
      await actor.ask('handled', undefined);
      await actor.stop();
    },
    async populate(count) {
      const actors = await Promise.all(Array.from({ length: count }, () => system.spawn(Counter)));
      return async () => {
        await Promise.all(actors.map((actor) => actor.stop()));
      };
    },
  };
}

async function stop(system: ActorSystem): Promise<void> {
  await system.stop();
}
