// Troupe: an actor in a process of its own, spoken to by its ref like in any program.
import { createSystem } from 'troupe';
import type { Contender, Conversation } from '../contender.ts';
import { Counter } from './troupe.actor.ts';

export function troupeContender(transport: string): Contender {
  return {
    name: `troupe ${transport}`,
    description: `an actor in a process of its own, over the transport '${transport}'`,
    kind: 'troupe',
    open: () => open(transport),
  };
}

async function open(transport: string): Promise<Conversation> {
  const system = await createSystem({ name: `benchmark-${String(process.pid)}`, transport });
  const counter = await system.spawn(Counter, { in: 'process' });
  return {
    echo: (item) => counter.ask('echo', item),
    tell: (item) => counter.tell('item', item),
    ready: () => counter.ready(),
    handled: () => counter.ask('handled', undefined, { timeout: '60s' }),
    close: () => system.stop(),
  };
}
