// The second program: finds the clock by its name, whichever process it is in, and reads five ticks.
import { createSystem } from 'troupe';
import { Clock } from './clock.actor.ts';
import { Reader } from './reader.actor.ts';

await using system = await createSystem({ name: 'two-programs', transport: 'fifo' });
const clock = await system.find(Clock, 'clock', { timeout: '10s' });
if (clock === undefined) {
  console.error('no clock was found within 10 s; start one: node --import tsx clock.ts');
  process.exitCode = 1;
} else {
  console.log(`found the clock in process ${await clock.ask('processId')}`);
  const reader = await system.spawn(Reader, { args: { ticks: 5 } });
  const ended = new Promise((resolve) => system.watch(reader, resolve));
  clock.tell('subscribe', reader);
  await ended;
  console.log('that is enough');
}
