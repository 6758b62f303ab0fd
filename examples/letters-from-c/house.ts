// A house whose thermometers are programs in C: each sends letters to the actor named 'meter'. Ctrl-C ends it.
import { createSystem } from 'troupe';
import { Meter } from './meter.actor.ts';

const system = await createSystem({ name: 'house', transport: 'posix-mq' });
const meter = await system.spawn(Meter, { name: 'meter' });
console.log(`the meter listens in ${system.directory}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void (async () => {
      console.log(await meter.ask('summary'));
      const { taken, refused } = system.letters();
      await system.stop();
      console.log(`letters: ${taken} taken, ${refused} refused`);
    })();
  });
}
