// The queue of a living node, taken away by an administrator: what ends, what goes on, and that another takes its place.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaneOffer, Letterbox, LetterboxTransport } from '@troupe/core/transport';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { posixMqTransport, sysvMqTransport } from '../src/index.ts';
import { eventually } from '../../core/test/eventually.ts';
import {
  makeDirectory,
  openAndClose,
  openDescriptors,
  openLane,
  removeDirectory,
} from '../../core/test/lanes/open-lane.ts';
import { putInto, queuesIn, removeQueue, ringLetterbox, transports } from './lane-fixture.ts';

let directory = '';

beforeEach(() => {
  directory = makeDirectory();
});

afterEach(() => {
  expect(removeDirectory(directory)).toEqual([]);
});

interface Post {
  readonly letters: string[];
  readonly warnings: string[];
  readonly letterbox: Letterbox;
}

async function openLetterbox(transport: LetterboxTransport): Promise<Post> {
  const letters: string[] = [];
  const warnings: string[] = [];
  const letterbox = await transport.openLetterbox({
    directory,
    onLetter: (memory, start, end) => letters.push(memory.toString('utf8', start, end)),
    onGarbage: (what) => warnings.push(what),
    onWarning: (what) => warnings.push(what),
  });
  return { letters, warnings, letterbox };
}

/** Where the letterbox says that letters go. */
function addressed(): LaneOffer {
  const [transport = '', address = ''] = readFileSync(join(directory, 'letterbox'), 'utf8').split(' ');
  return { transport, queue: transport === 'sysv-mq' ? Number(address) : address };
}

function post(letter: string): void {
  expect(putInto(addressed(), Buffer.from(letter))).toBe(true);
  ringLetterbox(directory);
}

describe.each(transports)('a node whose queue on %s was removed', (name, create) => {
  it('has another one for the next lane and for letters, and says so once', async () => {
    const transport = create();
    await openAndClose(transport, directory);
    const before = openDescriptors();
    const { letters, warnings, letterbox } = await openLetterbox(transport);
    const removed = addressed();
    expect(putInto(removed, Buffer.from('{"before"'))).toBe(true);
    removeQueue(removed);
    const first = await openLane(transport, directory, { lane: 'first' });
    const second = await openLane(transport, directory, { lane: 'second' });
    const { queue } = first.reader.offer;
    expect(queue).not.toBe(removed['queue']);
    expect([second.reader.offer['queue'], addressed()['queue']]).toEqual([queue, queue]);
    post('{"after"');
    // A System V queue takes along what waits in it; a POSIX queue only loses its name.
    const expected = name === 'sysv-mq' ? ['{"after"'] : ['{"before"', '{"after"'];
    await eventually('the letters came', () => letters.length === expected.length);
    expect(letters).toEqual(expected);
    for (const { reader, writer } of [first, second]) {
      reader.start();
      writer.send(Buffer.from('it goes on'));
      await writer.close();
    }
    expect([await first.ended, first.frames]).toEqual([undefined, ['it goes on']]);
    expect([await second.ended, second.frames]).toEqual([undefined, ['it goes on']]);
    for (const { reader } of [first, second]) await reader.close();
    expect(warnings).toEqual([
      `the ${name} queue ${removed['queue']} of this process was removed by somebody else; ${queue} takes its place`,
    ]);
    expect(queuesIn(directory)).toBe(1);
    await letterbox.close();
    expect(queuesIn(directory)).toBe(0);
    expect(existsSync(join(directory, 'letterbox'))).toBe(false);
    expect(openDescriptors()).toEqual(before);
  });

  it('has another one without a letterbox as well, as often as it is removed', async () => {
    const transport = create();
    const queues = new Set<unknown>();
    const lanes = [];
    for (let index = 0; index < 3; index += 1) {
      const lane = await openLane(transport, directory, { lane: `${index}` });
      lanes.push(lane);
      queues.add(lane.reader.offer['queue']);
      removeQueue(lane.reader.offer);
    }
    expect(queues.size).toBe(3);
    for (const { reader, writer } of lanes) {
      await writer.close();
      await reader.close();
    }
    expect(queuesIn(directory)).toBe(0);
  });
});

it('lanes over a POSIX queue that was unlinked go on, and their queue goes with the last of them', async () => {
  const transport = posixMqTransport();
  const old = await openLane(transport, directory, { lane: 'old' });
  old.reader.start();
  removeQueue(old.reader.offer);
  const fresh = await openLane(transport, directory, { lane: 'fresh' });
  expect(queuesIn(directory)).toBe(2);
  old.writer.send(Buffer.from('as before'));
  await old.writer.close();
  expect([await old.ended, old.frames]).toEqual([undefined, ['as before']]);
  await old.reader.close();
  expect(queuesIn(directory)).toBe(1);
  await fresh.writer.close();
  await fresh.reader.close();
});

describe('a System V queue that somebody removes', () => {
  it('ends the lanes at both ends, and the letterbox names another one at once', async () => {
    const transport = sysvMqTransport();
    const { letters, warnings, letterbox } = await openLetterbox(transport);
    const lane = await openLane(transport, directory);
    lane.reader.start();
    removeQueue(lane.reader.offer);
    lane.writer.send(Buffer.from('into nothing'));
    expect(await lane.senderEnded).toMatchObject({ code: 'TROUPE_PEER_LOST' });
    expect(await lane.ended).toMatchObject({
      code: 'TROUPE_PROTOCOL_VIOLATION',
      message: expect.stringContaining('removed'),
    });
    expect(addressed()['queue']).not.toBe(lane.reader.offer['queue']);
    post('{"found"');
    await eventually('the letter came', () => letters.length === 1);
    expect(warnings).toHaveLength(1);
    await lane.writer.close();
    await lane.reader.close();
    await letterbox.close();
  });

  it('is missed when there can be no other, until there can', async () => {
    const transport = sysvMqTransport();
    const { letters, warnings, letterbox } = await openLetterbox(transport);
    const away = `${directory}-away`;
    removeQueue(addressed());
    renameSync(directory, away);
    ringLetterbox(away);
    await eventually('it is told', () => warnings.length === 1);
    expect(warnings).toEqual([expect.stringMatching(/has failed, and there is no other: .*does not exist/)]);
    renameSync(away, directory);
    const lane = await openLane(transport, directory);
    expect(warnings).toEqual([expect.anything(), expect.stringContaining('takes its place')]);
    post('{"found"');
    await eventually('the letter came', () => letters.length === 1);
    await lane.writer.close();
    await lane.reader.close();
    await letterbox.close();
    expect(queuesIn(directory)).toBe(0);
  });
});
