// ZeroMQ over its ipc transport: a socket that pushes and one that pulls, each way.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { NotHere } from '../not-here.ts';
import { Collection, Correspondence, type Letter } from './letter.ts';

export function zeromqContender(): Contender {
  return {
    name: 'zeromq',
    description: 'sockets of ZeroMQ over ipc, messages packed with msgpackr; no actors',
    kind: 'reference',
    async converse() {
      const { posts, listen, close } = await open(1);
      const [post] = posts;
      if (post === undefined) throw new Error('no far end was opened');
      const correspondence = new Correspondence(post);
      listen(correspondence.receive);
      return correspondence.conversation(close);
    },
    async gather(senders) {
      const { posts, pids, listen, close } = await open(senders);
      const collection = new Collection();
      listen(collection.receive);
      return collection.gathering(posts, pids, close);
    },
  };
}

async function open(count: number) {
  // What the package loads is built for few platforms; the others do without this contender.
  const { PushPost, Pull, receiveAll } = await import('./zeromq-post.ts').catch((error: unknown) => {
    throw new NotHere('zeromq cannot be loaded on this platform', { cause: error });
  });
  const directory = await mkdtemp(join(tmpdir(), 'troupe-benchmark-'));
  const up = `ipc://${join(directory, 'up')}`;
  const pull = new Pull();
  await pull.bind(up);
  const downs = Array.from({ length: count }, (_, index) => `ipc://${join(directory, `down-${index}`)}`);
  const children = downs.map((down) =>
    fork(fileURLToPath(new URL('./zeromq-far.js', import.meta.url)), [up, down]),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const posts = downs.map((down) => PushPost.connect(down));
  return {
    posts,
    pids: children.map(({ pid }) => pid ?? 0),
    listen: (receive: (letter: Letter) => void) => void receiveAll(pull, receive),
    close: async () => {
      for (const post of posts) post.close();
      pull.close();
      await Promise.all(children.map(end));
      await rm(directory, { recursive: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
