// The real ring over every interleaving of what its two sides do: to the end for two frames that need room, a padding and
// two laps, whichever side dies at whichever step, or both; with bounded preemptions, and at random, for more than that.
import { describe, expect, it } from '@jest/globals';
import { exploreAll, exploreAtRandom } from './explore.ts';
import { modelOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** Padding, a frame to the end of the data but 8 bytes, then no room: over two ends of a lap, and 2^31 between them. */
const twoFrames: Scenario = { capacityBytes: 64, startPosition: 0x7fff_fff0, frames: [24, 24] };
/** The data is full after two frames; positions wrap around at 2^32. */
const twoLaps: Scenario = { capacityBytes: 32, startPosition: -16, frames: [8, 8, 8, 8] };
/** Large enough for two frames to be a batch: a quarter of the data. A padding of 8 bytes is in the way. */
const batches: Scenario = { capacityBytes: 128, startPosition: -24, frames: [8, 8, 8] };

describe.each(['counter', 'futex'] as const)('every interleaving, woken by a %s', (wakeUps) => {
  it.each<[string, Scenario]>([
    ['two frames over two ends of a lap, either side dies', { ...twoFrames, mayDie: ['writer', 'reader'] }],
    ['two laps of two frames each, either side dies', { ...twoLaps, mayDie: ['writer', 'reader'] }],
    [
      'two laps by a writer that looks for room before it waits, either side dies',
      { ...twoLaps, looks: 2, mayDie: ['writer', 'reader'] },
    ],
    [
      'a writer that looks for room for a frame which needs more than a quarter',
      { ...twoFrames, looks: 2, mayDie: ['writer', 'reader'] },
    ],
    ['batches of two frames, either side dies', { ...batches, mayDie: ['writer', 'reader'] }],
    [
      'a reader that dies in a batch and is followed by another',
      { ...batches, mayDie: ['reader'], readers: 2 },
    ],
    ['a reader that closes after the first frame', { ...twoLaps, enough: 1, mayDie: ['writer'] }],
    ['a writer that dies and is followed by another', { ...twoFrames, mayDie: ['writer'], writers: 2 }],
    ['a reader that dies and is followed by another', { ...twoFrames, mayDie: ['reader'], readers: 2 }],
  ])('%s', (_, scenario) => {
    const { failure, schedules } = exploreAll(modelOf({ ...scenario, wakeUps }));
    expect(failure).toBeUndefined();
    expect(schedules).toBeGreaterThan(1_000_000n);
  });
});

describe('beyond that', () => {
  it.each([
    [2, 1, 2],
    [1, 2, 2],
    [2, 2, 1],
  ])('%i writers and %i readers, each of which may die, %i frames a writer', (writers, readers, frames) => {
    const mayDie = ['writer', 'reader'] as const;
    const scenario = { ...twoLaps, frames: twoLaps.frames.slice(0, frames), mayDie, writers, readers };
    expect(exploreAll(modelOf(scenario)).failure).toBeUndefined();
  });

  it('five frames of several sizes, three preemptions, either side dies', () => {
    const frames = [16, 24, 8, 24, 16];
    const scenario: Scenario = { ...twoFrames, frames, mayDie: ['writer', 'reader'], batchFrames: 1 };
    const { failure, schedules } = exploreAll(modelOf(scenario), 3);
    expect(failure).toBeUndefined();
    expect(schedules).toBeGreaterThan(1_000_000n);
  });

  it('many frames at random, deaths and successors included', () => {
    const frames = Array.from({ length: 40 }, (_, index) => [8, 16, 24, 4, 20][(index * 7) % 5]!);
    const scenario: Scenario = {
      ...twoFrames,
      frames,
      startPosition: 0x7fff_fe00,
      mayDie: ['writer', 'reader'],
      writers: 2,
      readers: 2,
      batchFrames: 3,
    };
    expect(exploreAtRandom(() => modelOf(scenario), 20_260, 60).failure).toBeUndefined();
  });

  it('draws the same interleavings from the same seed', () => {
    const model = () => modelOf({ ...twoFrames, mayDie: ['writer', 'reader'] });
    expect(exploreAtRandom(model, 7, 20)).toEqual(exploreAtRandom(model, 7, 20));
  });
});
