// A web server in an actor. Each worker has one, and all listen on the same port. What they know together is in the store, which
// they ask for each request; the answer says which process gave it.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineActor, isTroupeError, type RefOf } from 'troupe';
import type { Store } from './store.actor.ts';

interface Arguments {
  readonly port: number;
  readonly store: RefOf<typeof Store>;
}

export const Web = defineActor(import.meta.url, {
  async init(_context, { port, store }: Arguments): Promise<{ readonly server: Server }> {
    const server = createServer(({ url = '/' }, response) => void answer(store, url, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return { server };
  },
  handlers: {
    port: ({ server }) => (server.address() as AddressInfo).port,
  },
  // Requests that were accepted are answered; the port goes to the other workers, or is free.
  onStop: ({ server }) => new Promise<void>((resolve) => server.close(() => resolve())),
});

async function answer(store: RefOf<typeof Store>, path: string, response: ServerResponse): Promise<void> {
  try {
    const visits = await store.ask('visit', path, { timeout: '2s' });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ path, visits, process: process.pid }));
  } catch (error) {
    // The store is slow, or being started again: it is not the visitor's fault.
    response.statusCode = isTroupeError(error) ? 503 : 500;
    response.end();
  }
}
