// Node's own: `child_process.fork` with a serialization.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Contender, Started } from '../contender.ts';
import { ChannelPost } from './channel-post.ts';
import type { Serialization } from './channel-post.ts';
import { Collection, Correspondence } from './letter.ts';

export function forkContender(serialization: Serialization): Contender {
  return {
    name: `fork ${serialization}`,
    description: `child_process.fork with serialization '${serialization}'`,
    kind: 'reference',
    async converse() {
      const child = await startFar(serialization);
      const post = new ChannelPost(child, serialization);
      const correspondence = new Correspondence(post);
      post.listen(correspondence.receive);
      return correspondence.conversation(() => end(child));
    },
    async gather(senders) {
      const children = await Promise.all(Array.from({ length: senders }, () => startFar(serialization)));
      const collection = new Collection();
      const posts = children.map((child) => new ChannelPost(child, serialization));
      for (const post of posts) post.listen(collection.receive);
      const close = async (): Promise<void> => {
        await Promise.all(children.map(end));
      };
      return collection.gathering(
        posts,
        children.map(({ pid }) => pid ?? 0),
        close,
      );
    },
    starter: () => Promise.resolve({ start: () => startBare(serialization), close: () => Promise.resolve() }),
  };
}

async function startFar(serialization: Serialization): Promise<ChildProcess> {
  const far = fileURLToPath(new URL('./fork-far.js', import.meta.url));
  const child = fork(far, [serialization], { serialization });
  await once(child, 'spawn');
  return child;
}

/** A program of a single line. */
async function startBare(serialization: Serialization): Promise<Started> {
  const child = fork(fileURLToPath(new URL('./bare-far.js', import.meta.url)), { serialization });
  child.send({ type: 'echo', id: 1, payload: 'hello' });
  await once(child, 'message');
  return { pid: child.pid, close: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
