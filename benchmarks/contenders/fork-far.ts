// The far end of `child_process.fork`: a program that lives as long as its channel.
import { ChannelPost } from './channel-post.ts';
import { farEnd } from './letter.ts';

const post = new ChannelPost(process, process.argv[2] === 'json' ? 'json' : 'advanced');
post.listen(farEnd(post));
