// The header of a frame: what was written is read, and bytes of strangers are refused without harm.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as envelope from '../../src/wire/envelope.ts';

const unsigned = fc.nat(0xffffffff);
const fields = fc.record({
  kind: fc.integer({ min: envelope.TELL, max: envelope.STOP }),
  type: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constant(''),
    fc.constant('x'.repeat(0xffff)),
  ),
  to: unsigned,
  from: unsigned,
  correlation: unsigned,
  timeoutMs: unsigned,
  prompt: fc.boolean(),
  offset: fc.nat(50),
  payload: fc.uint8Array({ maxLength: 30 }),
});

describe('a header', () => {
  it('is read as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(fields, ({ kind, type, to, from, correlation, timeoutMs, prompt, offset, payload }) => {
        const memory = Buffer.alloc(offset + envelope.headerBytes(type) + payload.length, 0xee);
        const start = envelope.writeHeader(
          memory,
          offset,
          kind,
          type,
          to,
          from,
          correlation,
          timeoutMs,
          prompt,
        );
        memory.set(payload, start);
        const header = envelope.emptyHeader();
        expect(envelope.readHeader(memory, offset, start + payload.length, header)).toBe(true);
        expect(header).toEqual({
          kind,
          type,
          to,
          from,
          correlation,
          timeoutMs,
          prompt,
          numbers: false,
          payloadStart: start,
        });
        expect(memory.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('cut short anywhere before its payload is none', () => {
    const memory = Buffer.alloc(envelope.headerBytes('type'));
    const start = envelope.writeHeader(memory, 0, envelope.ASK, 'type', 1, 2, 3, 4, true);
    for (let end = 0; end < start; end += 1)
      expect(envelope.readHeader(memory, 0, end, envelope.emptyHeader())).toBe(false);
    expect(envelope.readHeader(memory, 0, start, envelope.emptyHeader())).toBe(true);
  });

  it('of any bytes is read within them, or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, cut) => {
        const memory = Buffer.from(bytes);
        const end = Math.min(cut, memory.length);
        const header = envelope.emptyHeader();
        if (!envelope.readHeader(memory, 0, end, header)) return;
        expect(header.payloadStart).toBeLessThanOrEqual(end);
        expect(header.kind).toBeGreaterThanOrEqual(envelope.TELL);
        expect(header.kind).toBeLessThanOrEqual(envelope.STOP);
      }),
      { numRuns: 2000 },
    );
  });

  it('of a frame that waited is given its address and its flag later', () => {
    const frame = Buffer.alloc(envelope.headerBytes('t'));
    envelope.writeHeader(frame, 0, envelope.TELL, 't', 0, 7, 8, 9, false);
    envelope.readdress(frame, 42, true);
    const header = envelope.emptyHeader();
    expect(envelope.readHeader(frame, 0, frame.length, header)).toBe(true);
    expect(header).toMatchObject({ to: 42, from: 7, correlation: 8, timeoutMs: 9, prompt: true, type: 't' });
    expect(header.payloadStart).toBe(envelope.payloadStart(frame));
  });
});

describe('a header that numbers its route', () => {
  const written = (kind: number, number: number): Buffer => {
    const memory = Buffer.alloc(envelope.headerBytes('type'));
    const end = envelope.writeHeader(memory, 0, kind, 'type', 5, number, 0, 0, false, true);
    return memory.subarray(0, end);
  };

  it('says so', () => {
    const header = envelope.emptyHeader();
    const frame = written(envelope.TELL, envelope.ROUTES - 1);
    expect(envelope.readHeader(frame, 0, frame.length, header)).toBe(true);
    expect(header).toMatchObject({ to: 5, from: envelope.ROUTES - 1, type: 'type', numbers: true });
  });

  it('is refused when there is no such number, and with everything that is no message', () => {
    for (const frame of [written(envelope.TELL, envelope.ROUTES), written(envelope.REPLY, 1)])
      expect(envelope.readHeader(frame, 0, frame.length, envelope.emptyHeader())).toBe(false);
  });
});

describe('a routed header', () => {
  it('is read as it was written', () => {
    const memory = Buffer.alloc(envelope.ROUTED_ASK_BYTES + 3);
    expect(envelope.writeRoutedTell(memory, 3, 255, true)).toBe(3 + envelope.ROUTED_TELL_BYTES);
    expect(memory[3]).toBe(envelope.ROUTED_TELL + envelope.PROMPT_KIND);
    expect(envelope.routeNumber(memory, 3)).toBe(255);
    expect(envelope.writeRoutedAsk(memory, 3, 7, false, 0xffffffff, 5000)).toBe(memory.length);
    expect(memory[3]).toBe(envelope.ROUTED_ASK);
    expect(envelope.routeNumber(memory, 3)).toBe(7);
    expect(envelope.routedCorrelation(memory, 3)).toBe(0xffffffff);
  });
});

describe('a report', () => {
  it('carries its counts exactly', () => {
    const count = fc.nat(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(
        unsigned,
        fc.record({ delivered: count, dead: count, lost: count, bytes: count }),
        (actor, counts) => {
          const frame = envelope.settledFrame(actor, counts);
          const header = envelope.emptyHeader();
          expect(envelope.readHeader(frame, 0, frame.length, header)).toBe(true);
          expect(header).toMatchObject({ kind: envelope.SETTLED, to: actor });
          expect(envelope.readSettled(frame, header.payloadStart, frame.length)).toEqual(counts);
        },
      ),
    );
  });

  it('of another length is none', () => {
    const frame = envelope.settledFrame(1, { delivered: 1, dead: 0, lost: 0, bytes: 0 });
    expect(envelope.readSettled(frame, 20, frame.length - 1)).toBeUndefined();
    expect(envelope.readSettled(frame, 21, frame.length)).toBeUndefined();
  });
});
