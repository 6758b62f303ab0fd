// A queue found by a number: what it takes, in which order it gives it back, who may use it, and that it goes.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readSysvQueueLimits } from '../src/queue-limits.ts';
import {
  SYSV_TYPE_BYTES,
  createSysvQueue,
  describeSysvQueue,
  receiveFromSysvQueue,
  removeSysvQueue,
  sendToSysvQueue,
} from '../src/sysv-queue.ts';

const limits = readSysvQueueLimits();
const buffer = Buffer.alloc(SYSV_TYPE_BYTES + limits.messageBytes);

let key = 0;
let id = -1;

beforeEach(() => {
  key = randomInt(1, 0x7fffffff);
  id = createSysvQueue(key);
});

afterEach(() => {
  removeSysvQueue(id);
});

function message(type: number, text: string): Buffer {
  const bytes = Buffer.alloc(SYSV_TYPE_BYTES + text.length);
  bytes.writeBigInt64LE(BigInt(type), 0);
  bytes.write(text, SYSV_TYPE_BYTES, 'latin1');
  return bytes;
}

function receive(highestType: number): string | undefined {
  const bytes = receiveFromSysvQueue(id, buffer, highestType);
  return bytes < 0 ? undefined : buffer.toString('latin1', SYSV_TYPE_BYTES, SYSV_TYPE_BYTES + bytes);
}

describe('a System V queue', () => {
  it('gives messages back in order, the empty one too, those of a lower type first', () => {
    for (const text of ['first', '']) expect(sendToSysvQueue(id, message(2, text))).toBe(true);
    expect(sendToSysvQueue(id, message(1, 'urgent'))).toBe(true);
    expect(sendToSysvQueue(id, message(7, 'another kind'))).toBe(true);
    expect(describeSysvQueue(id)).toEqual({ key, waiting: 4, queueBytes: limits.queueBytes });
    expect([receive(2), receive(2), receive(2), receive(2)]).toEqual(['urgent', 'first', '', undefined]);
    expect(receive(7)).toBe('another kind');
  });

  it('takes no more than it holds, and says so without waiting', () => {
    const text = 'x'.repeat(1024);
    let sent = 0;
    while (sendToSysvQueue(id, message(1, text))) sent += 1;
    expect(sent).toBe(Math.floor(limits.queueBytes / text.length));
    receive(1);
    expect(sendToSysvQueue(id, message(1, text))).toBe(true);
  });

  it('refuses a message that is too long', () => {
    expect(() => sendToSysvQueue(id, message(1, 'x'.repeat(limits.messageBytes + 1)))).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'msgsnd' }),
    );
  });

  it('cuts a message that is longer than there is room for it, rather than to keep it for ever', () => {
    sendToSysvQueue(id, message(1, 'a long one'));
    expect(receiveFromSysvQueue(id, buffer.subarray(0, SYSV_TYPE_BYTES + 6), 1)).toBe(6);
    expect(receive(1)).toBeUndefined();
  });

  it('belongs to its user alone, and its key is taken', () => {
    const line = readFileSync('/proc/sysvipc/msg', 'utf8')
      .split('\n')
      .map((text) => text.trim().split(/\s+/))
      .find((fields) => fields[1] === `${id}`);
    expect(line?.slice(0, 3)).toEqual([`${key}`, `${id}`, '600']);
    expect(() => createSysvQueue(key)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  });

  it('is gone once it is removed, and says so', () => {
    expect(removeSysvQueue(id)).toBe(true);
    expect(removeSysvQueue(id)).toBe(false);
    const gone = expect.objectContaining({ message: expect.stringContaining(`queue ${id}`) });
    expect(() => sendToSysvQueue(id, message(1, 'late'))).toThrow(gone);
    expect(() => receive(1)).toThrow(gone);
    expect(() => describeSysvQueue(id)).toThrow(gone);
  });

  it.each([0, -1, 1.5, 2 ** 31])('refuses the key %d', (wrong) => {
    expect(() => createSysvQueue(wrong)).toThrow(RangeError);
  });
});
