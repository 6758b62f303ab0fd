// The yardstick for what a runtime costs: the same records over a bare Unix socket, packed and batched by hand.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Conversation, Handled, Item } from '../contender.ts';
import { RecordStream } from './record-stream.ts';

/** What goes over the socket, both ways. */
export type SocketRecord =
  | { readonly type: 'item' | 'echo'; readonly id: number; readonly payload: string | Buffer }
  | { readonly type: 'handled'; readonly handled?: Handled };

export function unixSocketContender(): Contender {
  return {
    name: 'unix socket',
    description: 'records of msgpackr over a Unix socket of node:net, batched by hand; no actors',
    kind: 'reference',
    open,
  };
}

async function open(): Promise<Conversation> {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-benchmark-'));
  const path = join(directory, 'socket');
  const child = fork(fileURLToPath(new URL('./unix-socket-far.ts', import.meta.url)), [path]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  const socket = connect(path);
  await once(socket, 'connect');

  let answer: (value: Item | Handled) => void = () => undefined;
  const stream = new RecordStream(socket, (record) => {
    const message = record as SocketRecord;
    answer(message.type === 'handled' ? (message.handled ?? { count: 0, length: 0, ids: 0 }) : message);
  });
  const ask = <Answer>(record: SocketRecord): Promise<Answer> =>
    new Promise((resolve) => {
      answer = resolve as typeof answer;
      stream.send(record);
    });
  return {
    echo: ({ id, payload }) => ask({ type: 'echo', id, payload }),
    tell: ({ id, payload }) => stream.send({ type: 'item', id, payload }),
    ready: () => stream.drained(),
    handled: () => ask({ type: 'handled' }),
    async close() {
      socket.destroy();
      child.disconnect();
      await exited;
      await rm(directory, { recursive: true });
    },
  };
}
