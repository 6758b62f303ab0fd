// Troupe across processes: actors in processes of their own, spoken to by their refs like in any program.
import { createSystem, type ActorSystem, type TransportOptions } from 'troupe';
import type { Contender, Conversation, Gathering, Started } from '../contender.ts';
import { Counter, Receiver, Sender } from './troupe.actor.ts';

/** `name` is what the contender is called besides `troupe`. */
export function troupeContender(
  name: string,
  transport: TransportOptions,
  description: string,
  neverSleeps = false,
): Contender {
  const open = (): Promise<ActorSystem> =>
    createSystem({ name: `benchmark-${String(process.pid)}`, transport, startTimeout: '60s' });
  return {
    name: `troupe ${name}`,
    description,
    kind: 'troupe',
    neverSleeps,
    converse: async () => converse(await open()),
    gather: async (senders) => gather(await open(), senders),
    starter: async () => {
      const system = await open();
      return { start: () => start(system), close: () => stop(system) };
    },
  };
}

async function converse(system: ActorSystem): Promise<Conversation> {
  const counter = await system.spawn(Counter, { in: 'process' });
  return {
    echo: (item) => counter.ask('echo', item),
    tell: (item) => counter.tell('item', item),
    ready: () => counter.ready(),
    handled: () => counter.ask('handled', undefined, { timeout: '60s' }),
    close: () => stop(system),
  };
}

async function gather(system: ActorSystem, count: number): Promise<Gathering> {
  const counts: number[] = [];
  let finish: () => void = () => undefined;
  const onDone = (told: number): void => {
    if (counts.push(told) === count) finish();
  };
  const receiver = await system.spawn(Receiver, { args: { onDone } });
  const senders = await Promise.all(
    Array.from({ length: count }, () => system.spawn(Sender, { in: 'process' })),
  );
  return {
    pids: pidsOf(system),
    async gather(size, durationMs) {
      const done = new Promise<void>((resolve) => (finish = resolve));
      for (const sender of senders) sender.tell('flood', { to: receiver, size, durationMs });
      await done;
      return { counts: counts.splice(0), handled: await receiver.ask('handled', undefined) };
    },
    async acquaint() {
      await Promise.all(
        senders.map((sender) =>
          sender.ask(
            'meet',
            senders.filter((other) => other !== sender),
          ),
        ),
      );
    },
    close: () => stop(system),
  };
}

async function start(system: ActorSystem): Promise<Started> {
  const counter = await system.spawn(Counter, { in: 'process' });
  await counter.ask('echo', { id: 1, payload: 'hello' });
  return { pid: pidsOf(system)[0], close: () => counter.stop() };
}

/** Of the processes with an actor. */
function pidsOf(system: ActorSystem): number[] {
  const pids = system.actors().map(({ pid }) => pid);
  return pids.filter((pid) => pid !== undefined && pid !== process.pid) as number[];
}

async function stop(system: ActorSystem): Promise<void> {
  await system.stop();
}
