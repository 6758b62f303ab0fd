// The far end of `child_process.fork`: a program that lives as long as its channel.
import { Tally } from '../contender.ts';
import { itemOf, messageOf, type ForkMessage } from './fork.ts';

const tally = new Tally();

process.on('message', (message: ForkMessage) => {
  switch (message.type) {
    case 'item':
    case 'bytes':
      tally.add(itemOf(message));
      return;
    case 'echo':
      process.send?.(messageOf('echo', itemOf(message), 'advanced'));
      return;
    case 'echo-bytes':
      process.send?.(messageOf('echo', itemOf(message), 'json'));
      return;
    case 'handled':
      process.send?.({ type: 'handled', handled: tally.take() });
  }
});
