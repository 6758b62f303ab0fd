// The far end of a MessagePort: a thread.
import { parentPort } from 'node:worker_threads';
import { farEnd } from './letter.ts';
import { PortPost } from './port-post.ts';

if (parentPort !== null) {
  const post = new PortPost(parentPort);
  post.listen(farEnd(post));
}
