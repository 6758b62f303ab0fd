// What a peer hands over to be rung by: what it is not is refused before the first ring, which might wait for ever.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeDescriptor, createEventDescriptor, makePipe } from '@troupe/posix';
import { openRinger } from '../../src/wake-up/open-bell.ts';
import { openDescriptors } from '../../../core/test/lanes/open-lane.ts';

let before: readonly string[] = [];

beforeEach(() => {
  before = openDescriptors();
});

afterEach(() => {
  expect(openDescriptors()).toEqual(before);
});

describe('a ringer', () => {
  it.each([
    ['eventfd', 'a pipe', pipeEnds],
    ['fifo', 'an eventfd', () => [createEventDescriptor()]],
    ['signal', 'a pipe', pipeEnds],
  ] as const)('of the kind %s refuses %s, which stays with whoever was handed it', (wakeUp, _, make) => {
    for (const fd of make()) {
      expect(() => openRinger({ wakeUp, number: 40, descriptors: [fd] })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(EPERM|EBADF)$/) }),
      );
      closeDescriptor(fd);
    }
  });
});

function pipeEnds(): readonly number[] {
  const { readEnd, writeEnd } = makePipe();
  return [readEnd, writeEnd];
}
