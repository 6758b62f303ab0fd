// Node's threads: messages are copied by structured clone, nothing is transferred or shared.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Contender, Started } from '../contender.ts';
import { Collection, Correspondence } from './letter.ts';
import { PortPost } from './port-post.ts';

export function workerContender(): Contender {
  return {
    name: 'worker thread',
    description:
      'worker_threads of one process: a MessagePort that copies, with credit so that memory is bounded',
    kind: 'reference',
    converse() {
      const worker = startFar();
      const post = new PortPost(worker);
      const correspondence = new Correspondence(post);
      post.listen(correspondence.receive);
      return Promise.resolve(correspondence.conversation(() => end(worker)));
    },
    gather(senders) {
      const workers = Array.from({ length: senders }, () => startFar());
      const collection = new Collection();
      const posts = workers.map((worker) => new PortPost(worker));
      for (const post of posts) post.listen(collection.receive);
      const close = async (): Promise<void> => {
        await Promise.all(workers.map(end));
      };
      return Promise.resolve(collection.gathering(posts, [], close));
    },
    startsThreads: true,
    starter: () => Promise.resolve({ start, close: () => Promise.resolve() }),
  };
}

function startFar(): Worker {
  return new Worker(new URL('./worker-far.js', import.meta.url));
}

async function start(): Promise<Started> {
  const worker = startFar();
  worker.postMessage({ type: 'echo', id: 1, payload: 'hello' });
  await once(worker, 'message');
  return { pid: undefined, close: () => end(worker) };
}

async function end(worker: Worker): Promise<void> {
  await worker.terminate();
}
