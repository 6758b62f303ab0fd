// The first program: has a clock that anybody in the system can find by its name. Ctrl-C ends it.
import { createSystem } from 'troupe';
import { Clock } from './clock.actor.ts';

const system = await createSystem({ name: 'two-programs', transport: 'fifo' });
await system.spawn(Clock, { name: 'clock' });
console.log(`the clock ticks in process ${process.pid}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void system.stop().then(() => console.log('the clock has stopped'));
  });
}
