// The far end over ZeroMQ: pushes to the first address it is given, pulls from the second.
import { farEnd } from './letter.ts';
import { Pull, PushPost, receiveAll } from './zeromq-post.ts';

const [up = '', down = ''] = process.argv.slice(2);
const pull = new Pull();
await pull.bind(down);
const post = PushPost.connect(up);
void receiveAll(pull, farEnd(post));
process.on('disconnect', () => process.exit());
process.send?.('bound');
