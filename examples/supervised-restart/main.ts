// Lets an actor fail until its supervisor gives up, first in this event loop, then in a process of its own: the code and what
// happens are the same. Each restart begins with fresh state; the messages that wait are kept.
import { createSystem, describeReason, oneForOne, type Down } from 'troupe';
import { Till } from './till.actor.ts';

// The decisions are printed below; no need to log them as well.
await using system = await createSystem({ name: 'supervised-restart', logLevel: 'error' });

system.on('supervision', (event) => {
  const decision =
    event.type === 'restart'
      ? `restart ${event.restarts} in ${event.afterMs} ms`
      : `no restart: ${event.why}`;
  console.log(`  supervisor: ${describeReason(event.reason)} -> ${decision}`);
});

await failUntilTheEnd('in this event loop', {});
await failUntilTheEnd('in a process of its own', { in: 'process' });

async function failUntilTheEnd(title: string, place: { readonly in?: 'process' }): Promise<void> {
  console.log(title);
  const till = await system.spawn(Till, {
    ...place,
    supervise: oneForOne({ restarts: 2, within: '1m', backoff: ['100ms', '1s'], jitter: 0 }),
  });
  const ended = new Promise<Down>((resolve) => system.watch(till, resolve));

  pay(1, 2);
  console.log(`  sum: ${await till.ask('sum')}`);
  pay(-1, 4, 5); // 4 and 5 wait while the till is restarted
  console.log(`  sum: ${await till.ask('sum')}, for 1 and 2 are gone with the old state`);
  pay(-2, 8);
  console.log(`  sum: ${await till.ask('sum')}`);
  pay(-3);
  console.log(`  down: ${describeReason((await ended).reason)}`);

  function pay(...amounts: readonly number[]): void {
    console.log(`  paid: ${amounts.join(', ')}`);
    for (const amount of amounts) till.tell('pay', amount);
  }
}
