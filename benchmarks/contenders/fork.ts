// Node's own: `child_process.fork` with a serialization. JSON has no form for bytes; they travel as base64 text.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Contender, Conversation, Handled, Item } from '../contender.ts';

export type Serialization = 'json' | 'advanced';

/** What goes over the channel, both ways. */
export type ForkMessage =
  | { readonly type: 'item' | 'echo'; readonly id: number; readonly payload: string | Buffer }
  | { readonly type: 'bytes' | 'echo-bytes'; readonly id: number; readonly payload: string }
  | { readonly type: 'handled'; readonly handled?: Handled };

export function forkContender(serialization: Serialization): Contender {
  return {
    name: `fork ${serialization}`,
    description: `child_process.fork with serialization '${serialization}'`,
    kind: 'reference',
    open: () => open(serialization),
  };
}

async function open(serialization: Serialization): Promise<Conversation> {
  const far = fileURLToPath(new URL('./fork-far.ts', import.meta.url));
  const child = fork(far, { serialization });
  const exited = once(child, 'exit');
  await once(child, 'spawn');

  let answer: (value: Item | Handled) => void = () => undefined;
  child.on('message', (message: ForkMessage) => {
    if (message.type === 'handled') answer(message.handled ?? { count: 0, length: 0, ids: 0 });
    else answer(itemOf(message));
  });
  const ask = <Answer>(message: ForkMessage): Promise<Answer> =>
    new Promise((resolve) => {
      answer = resolve as typeof answer;
      child.send(message);
    });

  // `send` says false when 128 KiB wait in this process; the callbacks tell when they have been written.
  let unsent = 0;
  let wake: (() => void) | undefined;
  const onSent = (): void => {
    unsent -= 1;
    if (unsent === 0) wake?.();
  };
  return {
    echo: (item) => ask(messageOf('echo', item, serialization)),
    tell(item) {
      unsent += 1;
      return child.send(messageOf('item', item, serialization), onSent);
    },
    async ready() {
      if (unsent > 0) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
    },
    handled: () => ask({ type: 'handled' }),
    async close() {
      child.disconnect();
      await exited;
    },
  };
}

/** The message for `item`, in the form that `serialization` brings over. */
export function messageOf(type: 'item' | 'echo', item: Item, serialization: Serialization): ForkMessage {
  const { id, payload } = item;
  if (typeof payload === 'string' || serialization === 'advanced') return { type, id, payload };
  return { type: type === 'item' ? 'bytes' : 'echo-bytes', id, payload: payload.toString('base64') };
}

/** The item as it was sent. */
export function itemOf(message: Exclude<ForkMessage, { readonly type: 'handled' }>): Item {
  const { type, id, payload } = message;
  const isEncoded = type === 'bytes' || type === 'echo-bytes';
  return { id, payload: isEncoded ? Buffer.from(payload, 'base64') : payload };
}
