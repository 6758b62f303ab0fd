// A web server in workers of node:cluster, under load, while its workers are killed one after the other.
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createSystem, describeReason, oneForOne } from 'troupe';
import { Load } from './load.ts';
import { Store } from './store.actor.ts';
import { Web } from './web.actor.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' },
    visitors: { type: 'string', default: '8' },
    kills: { type: 'string', default: '2' },
    port: { type: 'string', default: '0' },
  },
});

await using system = await createSystem({ name: 'http-cluster', logLevel: 'error' });
system.on('supervision', ({ actor, reason, type }) =>
  console.log(`  ${actor.label}: ${describeReason(reason)} -> ${type}`),
);

const store = await system.spawn(Store, { in: 'process' });
const web = await system.spawnPool(Web, {
  in: { cluster: Number(values.workers) },
  args: { port: Number(values.port), store },
  name: 'web',
  supervise: oneForOne({ restarts: 10, within: '10s', backoff: ['50ms', '1s'] }),
});
const port = await web.ask('port');
console.log(`${web.size} workers serve http://127.0.0.1:${port}/`);

const load = new Load(port, Number(values.visitors));
await everybodyServes();
for (let kill = 0; kill < Number(values.kills); kill += 1) {
  const victim = workers().at(kill % web.size);
  if (victim === undefined) break;
  console.log(`${victim.label}, process ${victim.pid}, is killed`);
  process.kill(victim.pid, 'SIGKILL');
  await everybodyServes(victim.pid);
}
await load.stop();

const requests = [...load.served.values()].reduce((sum, count) => sum + count, 0);
console.log(`${requests} requests were served by ${load.served.size} processes`);
for (const [pid, count] of load.served) console.log(`  process ${pid}: ${count}`);
console.log(`${load.cut} were cut off when their worker was killed; ${load.failed} of them failed again`);
const visits = await store.ask('total');
const withinBounds = visits >= requests && visits <= requests + load.cut;
console.log(`the store counted ${visits} visits: ${withinBounds ? 'each once' : 'which cannot be'}`);
process.exitCode = load.failed === 0 && withinBounds ? 0 : 1;

/** The workers that run now. */
function workers(): { readonly label: string; readonly pid: number }[] {
  return system
    .actors()
    .filter(({ label, state }) => label.startsWith('web/') && state === 'running')
    .map(({ label, pid }) => ({ label, pid: pid ?? 0 }));
}

/** Resolves once all workers run, each has answered a request, and `killed` is none of them. */
async function everybodyServes(killed = 0): Promise<void> {
  const serves = ({ pid }: { readonly pid: number }): boolean => pid !== killed && load.served.has(pid);
  for (;;) {
    const running = workers();
    if (running.length === web.size && running.every(serves)) return;
    await pause(20);
  }
}
