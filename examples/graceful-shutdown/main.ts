// A web server that ends in order when it is told to by SIGTERM: no new requests first, then everything that waits is written by
// an actor in a process of its own, then the report. It sends itself the requests, and the signal.
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSystem } from 'troupe';
import { Ledger } from './ledger.actor.ts';

const system = await createSystem({
  name: 'graceful-shutdown',
  logLevel: 'error',
  shutdown: { timeout: '20s', signals: true },
});
const ledger = await system.spawn(Ledger, { in: 'process' });

const server = createServer((request, response) => {
  ledger.tell('write', request.url ?? '/');
  response.end('noted');
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));

system.onShutdown('before', async ({ reason }) => {
  console.log(`${reason}: no more requests`);
  await new Promise((closed) => server.close(closed));
});
system.onShutdown('after', () => console.log('the ledger has ended, and its process with it'));
system.on('stopped', ({ lost, hung, exitCode }) =>
  console.log(`lost: ${lost}, hung: ${hung.length}, exit code: ${exitCode}`),
);

const { port } = server.address() as AddressInfo;
for (let number = 1; number <= 20; number += 1) await request(`/${number}`);
console.log('20 requests are answered, and the ledger still writes');
process.kill(process.pid, 'SIGTERM');

function request(path: string): Promise<void> {
  return new Promise((done) =>
    get({ port, path, agent: false }, (answer) => answer.resume().once('end', done)),
  );
}
