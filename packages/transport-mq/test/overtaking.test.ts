// What overtakes, and by whose means: the kernel itself takes a message ahead out first, however many stand before it. That a
// frame overtakes what waits in its sender's memory is another matter, of which the conformance suite has a test.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AHEAD, IN_LINE, readHeader } from '../src/queue-message.ts';
import type { OwnQueue } from '../src/queue.ts';
import { MqTransport } from '../src/mq-transport.ts';
import { posixKind } from '../src/posix-kind.ts';
import { sysvKind } from '../src/sysv-kind.ts';
import { makeDirectory, openLane, removeDirectory } from '../../core/test/lanes/open-lane.ts';

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  expect(removeDirectory(directory)).toEqual([]);
});

/** Takes the next message out of the queue in place of its node: kind and place in the lane; undefined when there is none. */
function takeOut(queue: OwnQueue): readonly [kind: number, place: number] | undefined {
  const bytes = queue.receive();
  if (bytes < 0) return undefined;
  const header = { lane: 0, place: 0, kind: 0 };
  expect(readHeader(queue.buffer, queue.bodyStart, queue.bodyStart + bytes, header)).toBe(true);
  return [header.kind, header.place];
}

it.each([posixKind, sysvKind])(
  'a full queue of $name gives out first what was sent ahead, though it came last',
  async (kind) => {
    const queues: OwnQueue[] = [];
    const transport = new MqTransport(
      {
        ...kind,
        create(where) {
          const queue = kind.create(where);
          queues.push(queue);
          return queue;
        },
      },
      {},
    );
    const { writer, reader, ended } = await openLane(transport, directory);
    const [queue] = queues;
    if (queue === undefined) throw new Error('There is no queue.');
    // From here to the last message nothing else runs in this process, so nobody reads.
    expect(writer.send(Buffer.alloc(60_000))).toBe(true);
    const filled = queue.waiting();
    expect(filled).toBeGreaterThan(1);
    expect(writer.sendAhead(Buffer.from('urgent'))).toBe(true);
    writer.flushBlocking(1);
    expect(queue.waiting()).toBe(filled);
    expect(takeOut(queue)).toEqual([IN_LINE, 0]);
    writer.flushBlocking(1);
    expect(queue.waiting()).toBe(filled);
    const order = Array.from({ length: filled }, () => takeOut(queue));
    const inLine = Array.from({ length: filled - 1 }, (_, index) => [IN_LINE, index + 1]);
    expect(order).toEqual([[AHEAD, 0], ...inLine]);
    expect(takeOut(queue)).toBeUndefined();

    await reader.close();
    await writer.close();
    expect(await ended).toBeUndefined();
  },
);
