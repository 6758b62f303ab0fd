// Durations and sizes as people write them.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytes, milliseconds, readDuration } from '../src/units.ts';

it('a number is milliseconds or bytes', () => {
  expect([milliseconds(0), milliseconds(1.5), milliseconds(Infinity), bytes(0), bytes(65536)]).toEqual([
    0,
    1.5,
    Infinity,
    0,
    65536,
  ]);
});

it('a text names its unit', () => {
  expect(['250ms', '2s', '1.5m', '1h', ' 3 s '].map(milliseconds)).toEqual([
    250, 2000, 90_000, 3_600_000, 3000,
  ]);
  expect(['512B', '64KiB', '1.5MiB', '1GiB'].map(bytes)).toEqual([512, 65_536, 1_572_864, 1_073_741_824]);
});

it.each([
  -1,
  NaN,
  '',
  '5',
  's',
  '5 sec',
  '1e3s',
  '-5s',
  '5MS',
  '5constructor',
  '5toString',
  null,
  undefined,
  {},
  [],
])('%p is neither a duration nor a size', (value) => {
  expect([milliseconds(value), bytes(value)]).toEqual([undefined, undefined]);
});

it('units of the other kind are refused', () => {
  expect([milliseconds('5KiB'), bytes('5s'), bytes('5MB'), bytes('5kb')]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('never answers with anything but a number that is not negative', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double(), fc.anything()), (value) => {
      for (const answer of [milliseconds(value), bytes(value)])
        if (answer !== undefined) expect(answer).toBeGreaterThanOrEqual(0);
    }),
  );
});

describe('a duration in an option', () => {
  it('is read in milliseconds, and may be left out', () => {
    expect([readDuration('ask', 'timeout', '2s'), readDuration('ask', 'timeout', undefined)]).toEqual([
      2000,
      undefined,
    ]);
    expect(readDuration('ask', 'timeout', Infinity)).toBe(Infinity);
    expect(readDuration('timers.every', 'the interval', 1, { leastMs: 1, isFinite: true })).toBe(1);
  });

  it.each([
    ['soon', {}, `ask: timeout is "soon"; expected milliseconds, or a string such as '250ms' or '2s'`],
    [NaN, {}, 'ask: timeout is NaN; expected milliseconds, or'],
    [Infinity, { isFinite: true }, 'ask: timeout is Infinity; expected milliseconds, or'],
    [0.5, { leastMs: 1 }, 'ask: timeout is 0.5; expected milliseconds, 1 or more, or'],
  ])('is refused with a sentence: %p', (value, bounds, sentence) => {
    expect(() => readDuration('ask', 'timeout', value, bounds)).toThrow(
      expect.objectContaining({
        code: 'TROUPE_CONFIGURATION',
        message: expect.stringContaining(sentence),
      }),
    );
  });
});
