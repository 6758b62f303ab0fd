// A queue with a name: what it takes, in which order it gives it back, who may use it, and that the event loop can wait for it.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { closeDescriptor, describeDescriptor } from '../src/descriptor.ts';
import { watchDescriptor } from '../src/poll.ts';
import {
  createPosixQueue,
  describePosixQueue,
  openPosixQueue,
  receiveFromPosixQueue,
  sendToPosixQueue,
  unlinkPosixQueue,
} from '../src/posix-queue.ts';

const GEOMETRY = { messages: 3, messageBytes: 64 };

let name = '';
let reader = -1;
let writer = -1;
const buffer = Buffer.alloc(GEOMETRY.messageBytes);

beforeEach(() => {
  name = `/troupe-test-${randomBytes(8).toString('hex')}`;
  reader = createPosixQueue(name, GEOMETRY);
  writer = openPosixQueue(name);
});

afterEach(() => {
  closeDescriptor(reader);
  closeDescriptor(writer);
  unlinkPosixQueue(name);
});

function receive(): string | undefined {
  const bytes = receiveFromPosixQueue(reader, buffer);
  return bytes < 0 ? undefined : buffer.toString('latin1', 0, bytes);
}

describe('a POSIX queue', () => {
  it('gives messages back in order, the empty one too, those of a higher priority first', () => {
    for (const text of ['first', '']) expect(sendToPosixQueue(writer, Buffer.from(text), 0)).toBe(true);
    expect(sendToPosixQueue(writer, Buffer.from('urgent'), 1)).toBe(true);
    expect(describePosixQueue(reader)).toEqual({ ...GEOMETRY, waiting: 3 });
    expect([receive(), receive(), receive(), receive()]).toEqual(['urgent', 'first', '', undefined]);
  });

  it('takes no more than it holds, and says so without waiting', () => {
    for (let sent = 0; sent < GEOMETRY.messages; sent += 1)
      expect(sendToPosixQueue(writer, Buffer.of(sent), 0)).toBe(true);
    expect(sendToPosixQueue(writer, Buffer.of(9), 0)).toBe(false);
    receive();
    expect(sendToPosixQueue(writer, Buffer.of(9), 0)).toBe(true);
  });

  it('refuses a message that is too long', () => {
    expect(() => sendToPosixQueue(writer, Buffer.alloc(GEOMETRY.messageBytes + 1), 0)).toThrow(
      expect.objectContaining({ code: 'EMSGSIZE', syscall: 'mq_send' }),
    );
  });

  it('is private, and refuses a second one of its name', () => {
    expect(describeDescriptor(reader)).toMatchObject({ uid: process.geteuid?.(), mode: 0o600 });
    expect(() => createPosixQueue(name, GEOMETRY)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  it('wakes the event loop when a message comes, and when there is room again', async () => {
    const readable = new Promise<void>((resolve) => {
      const watch = watchDescriptor(reader, () => {
        watch.close();
        resolve();
      });
      watch.update({ readable: true });
    });
    while (sendToPosixQueue(writer, Buffer.of(1), 0));
    await readable;
    const writable = new Promise<void>((resolve) => {
      const watch = watchDescriptor(writer, () => {
        watch.close();
        resolve();
      });
      watch.update({ writable: true });
    });
    receive();
    await writable;
  });

  it('is gone once it is unlinked, but for those who have it open', () => {
    expect(unlinkPosixQueue(name)).toBe(true);
    expect(unlinkPosixQueue(name)).toBe(false);
    expect(() => openPosixQueue(name)).toThrow(expect.objectContaining({ code: 'ENOENT', path: name }));
    sendToPosixQueue(writer, Buffer.from('still'), 0);
    expect(receive()).toBe('still');
  });

  it.each(['name', '', '/', '/a/b', '/..', `/${'x'.repeat(255)}`, '/a\0b'])(
    'refuses the name %j',
    (wrong) => {
      expect(() => createPosixQueue(wrong, GEOMETRY)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
      expect(() => openPosixQueue(wrong)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
      expect(() => unlinkPosixQueue(wrong)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    },
  );
});
