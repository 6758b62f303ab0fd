// The frame that reports how messages ended.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { emptyHeader, readHeader, SETTLED } from '../../src/wire/envelope.ts';
import { readSettled, settledFrame } from '../../src/wire/settled.ts';

describe('a report', () => {
  it('carries its counts exactly', () => {
    const count = fc.nat(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.record({ delivered: count, dead: count, lost: count, bytes: count }),
        (actor, counts) => {
          const frame = settledFrame(actor, counts);
          const header = emptyHeader();
          expect(readHeader(frame, 0, frame.length, header)).toBe(true);
          expect(header).toMatchObject({ kind: SETTLED, to: actor });
          expect(readSettled(frame, header.payloadStart, frame.length)).toEqual(counts);
        },
      ),
    );
  });

  it('of another length is none', () => {
    const frame = settledFrame(1, { delivered: 1, dead: 0, lost: 0, bytes: 0 });
    expect(readSettled(frame, 20, frame.length - 1)).toBeUndefined();
    expect(readSettled(frame, 21, frame.length)).toBeUndefined();
  });
});
