// One bell for all lanes of a node: a ring is told to each of them, and nothing is left once the last has gone. The wake-ups that
// need no thread; all of them are rung in processes/.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { duplicateDescriptor } from '@troupe/posix';
import { NodeBell } from '../../src/wake-up/node-bell.ts';
import type { BellMember, BellMembership } from '../../src/wake-up/node-bell.ts';
import { openRinger } from '../../src/wake-up/open-bell.ts';
import type { Ringer } from '../../src/wake-up/contract.ts';
import { makeDirectory, openDescriptors, removeDirectory } from '../../../core/test/lanes/open-lane.ts';

let directory = '';
let before: readonly string[] = [];

beforeEach(async () => {
  directory = makeDirectory();
  // What is opened once and kept is opened before counting.
  new NodeBell('eventfd').join(directory, member()).leave();
  await turn();
  before = openDescriptors();
});

afterEach(async () => {
  await turn();
  const left = removeDirectory(directory);
  expect([left, openDescriptors()]).toEqual([[], before]);
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A lane that is told of rings. That these bells were removed is told by nobody. */
function member(onRing: () => void = () => {}): BellMember {
  return {
    onRing,
    onRemoved: (error) => {
      throw error;
    },
  };
}

/** As a peer has it: with descriptors of its own. */
function ringerOf({ address }: BellMembership): Ringer {
  return openRinger({ ...address, descriptors: address.descriptors.map(duplicateDescriptor) });
}

describe.each(['eventfd', 'fifo', 'signal'] as const)('a bell of the kind %s', (wakeUp) => {
  it('tells every lane of its node, and none that has left', async () => {
    const bell = new NodeBell(wakeUp);
    const rung = { first: 0, second: 0 };
    let heard: () => void = () => {};
    const first = bell.join(
      directory,
      member(() => (rung.first += 1)),
    );
    const second = bell.join(
      directory,
      member(() => {
        rung.second += 1;
        heard();
      }),
    );
    expect(second.address).toBe(first.address);
    const ringer = ringerOf(first);
    const ring = () =>
      new Promise<void>((resolve) => {
        heard = resolve;
        ringer.ring();
      });
    // Nothing else keeps this test alive: a bell does not.
    const alive = setInterval(() => {}, 1000);
    await ring();
    expect(rung).toEqual({ first: 1, second: 1 });
    first.leave();
    first.leave();
    await ring();
    expect(rung).toEqual({ first: 1, second: 2 });
    clearInterval(alive);
    ringer.close();
    second.leave();
  });

  it('wakes a thread that is blocked, and tells the others afterwards', async () => {
    const bell = new NodeBell(wakeUp);
    let rung = 0;
    const lane = bell.join(
      directory,
      member(() => (rung += 1)),
    );
    const ringer = ringerOf(lane);
    ringer.ring();
    lane.wait(30_000);
    expect(rung).toBe(0);
    await turn();
    expect(rung).toBe(1);
    ringer.close();
    lane.leave();
  });

  it('may be rung when its node is gone', async () => {
    let rung = 0;
    const lane = new NodeBell(wakeUp).join(
      directory,
      member(() => (rung += 1)),
    );
    const ringer = ringerOf(lane);
    lane.leave();
    expect(() => ringer.ring()).not.toThrow();
    await turn();
    expect(rung).toBe(0);
    ringer.close();
  });
});

it('a silent bell is rung by nobody, and costs nothing', () => {
  const bell = new NodeBell('spin');
  const lane = bell.join(directory, member());
  expect([bell.isSilent, lane.address.descriptors]).toEqual([true, []]);
  ringerOf(lane).ring();
  lane.wait(1);
  lane.leave();
});
