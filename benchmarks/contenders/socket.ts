// The yardstick for what a runtime costs: the same records over a bare Unix socket, packed and batched by hand.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { Collection, Correspondence } from './letter.ts';
import { RecordStream } from './record-stream.ts';

export function socketContender(): Contender {
  return {
    name: 'unix socket',
    description: 'records of msgpackr over a Unix socket of node:net, batched by hand; no actors',
    kind: 'reference',
    async converse() {
      const line = await open();
      const correspondence = new Correspondence(line.stream);
      line.stream.listen(correspondence.receive);
      return correspondence.conversation(() => close(line));
    },
    async gather(senders) {
      const lines = await Promise.all(Array.from({ length: senders }, () => open()));
      const collection = new Collection();
      for (const { stream } of lines) stream.listen(collection.receive);
      return collection.gathering(
        lines.map(({ stream }) => stream),
        lines.map(({ child }) => child.pid ?? 0),
        async () => {
          await Promise.all(lines.map(close));
        },
      );
    },
  };
}

interface Line {
  readonly child: ChildProcess;
  readonly socket: Socket;
  readonly stream: RecordStream;
  readonly directory: string;
}

async function open(): Promise<Line> {
  const directory = await mkdtemp(join(tmpdir(), 'troupe-benchmark-'));
  const path = join(directory, 'socket');
  const child = fork(fileURLToPath(new URL('./socket-far.js', import.meta.url)), [path]);
  await once(child, 'message');
  const socket = connect(path);
  await once(socket, 'connect');
  return { child, socket, stream: new RecordStream(socket), directory };
}

async function close({ child, socket, directory }: Line): Promise<void> {
  const exited = once(child, 'exit');
  socket.destroy();
  child.disconnect();
  await exited;
  await rm(directory, { recursive: true });
}
