// The explorer is worth what it finds: every twin of the ring, of its users or of its machine with one bug put in fails.
import { describe, expect, it } from '@jest/globals';
import { exploreAll, exploreAtRandom } from './explore.ts';
import { MUTATIONS } from './mutations.ts';
import { loadRing } from './ring-source.ts';
import { modelOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

const twoLaps: Scenario = { capacityBytes: 32, startPosition: -16, frames: [8, 8, 8, 8] };

/** Each makes the ring do something the others do not. */
const scenarios: readonly Scenario[] = [
  { capacityBytes: 64, startPosition: 0x7fff_fff0, frames: [16, 24, 8] },
  { capacityBytes: 64, startPosition: 0x7fff_fff0, frames: [16, 24, 8], mayDie: ['writer', 'reader'] },
  // Without its padding the second frame would fit; but for 8 bytes the last one, once the first is read.
  { capacityBytes: 64, startPosition: 0x7fff_ffd0, frames: [24, 16] },
  { capacityBytes: 64, startPosition: 0x7fff_ffc0, frames: [8, 16, 16, 16], batchFrames: 1 },
  { ...twoLaps, batchFrames: 1 },
  { ...twoLaps, enough: 1 },
  // A quarter of it is free before the second frame fits.
  { capacityBytes: 64, startPosition: 0x7fff_ffc0, frames: [8, 32, 40], batchFrames: 1, looks: 2 },
];

const REMAINS_ASLEEP = /never delivered: sleep|sleeps and never learns of the end/;

function firstFailure(run: (scenario: Scenario) => string | undefined): string | undefined {
  for (const scenario of scenarios) {
    const failure = run(scenario);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

it('nothing is found in the ring as it is', () => {
  expect(firstFailure((scenario) => exploreAll(modelOf(scenario)).failure)).toBeUndefined();
});

describe('a bug in the ring', () => {
  it.each(MUTATIONS)('$name', (mutation) => {
    const mutant = loadRing(mutation);
    expect(firstFailure((scenario) => exploreAll(modelOf(scenario, mutant)).failure)).toBeDefined();
  });
});

describe('a bug around the ring', () => {
  it.each<[string, Partial<Scenario>, RegExp]>([
    [
      'no fence between publishing and looking whether the reader sleeps',
      { stores: 'unfenced' },
      REMAINS_ASLEEP,
    ],
    ['the tail becomes visible before the bytes', { stores: 'unordered' }, /never|came|delivered|threw/],
    ['the reader is not woken', { twin: 'loses wake-ups of the reader' }, REMAINS_ASLEEP],
    ['the writer is not woken', { twin: 'loses wake-ups of the writer' }, /writer .* sleeps for ever/],
    [
      'the writer waits for room after it has looked, and does not look again',
      { twin: 'looks for room only before it waits', looks: 2 },
      /writer .* sleeps for ever/,
    ],
    ['a death goes unnoticed', { deathWakes: false, mayDie: ['writer'] }, /never delivered|never learns/],
    [
      'the lane of a dead writer is not drained',
      { twin: 'does not drain', mayDie: ['writer'] },
      /never delivered: lost the writer/,
    ],
  ])('%s', (_, bug, failure) => {
    expect(exploreAll(modelOf({ ...twoLaps, ...bug })).failure).toMatch(failure);
  });

  it('is found with three preemptions, and at random, too', () => {
    const model = () => modelOf({ ...twoLaps, twin: 'loses wake-ups of the reader' });
    expect(exploreAll(model(), 3).failure).toMatch(REMAINS_ASLEEP);
    expect(exploreAtRandom(model, 1, 1000).failure).toMatch(REMAINS_ASLEEP);
  });
});
