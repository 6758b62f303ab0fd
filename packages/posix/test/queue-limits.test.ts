// The limits as the kernel tells them, and what a queue counts for.
import { describe, expect, it } from '@jest/globals';
import { posixQueueUserBytes, readPosixQueueLimits, readSysvQueueLimits } from '../src/queue-limits.ts';

describe('the limits of queues', () => {
  it('are numbers of this machine', () => {
    const { messages, messageBytes, queues, userBytes } = readPosixQueueLimits();
    const sysv = readSysvQueueLimits();
    const limits = [
      messages,
      messageBytes,
      queues,
      userBytes,
      sysv.messageBytes,
      sysv.queueBytes,
      sysv.queues,
    ];
    for (const limit of limits) expect(limit).toBeGreaterThan(0);
  });

  it('a queue counts for its messages and 96 bytes for each', () => {
    expect(posixQueueUserBytes({ messages: 10, messageBytes: 8192 })).toBe(82_880);
  });
});
