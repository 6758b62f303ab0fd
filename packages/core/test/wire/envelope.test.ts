// The header of a frame: what was written is read, and bytes of strangers are refused without harm.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as envelope from '../../src/wire/envelope.ts';
import { ROUTES } from '../../src/wire/routed-header.ts';

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
  amount: unsigned,
  prompt: fc.boolean(),
  offset: fc.nat(50),
  payload: fc.uint8Array({ maxLength: 30 }),
});

describe('a header', () => {
  it('is read as it was written, wherever it stands', () => {
    fc.assert(
      fc.property(fields, ({ kind, type, to, from, correlation, amount, prompt, offset, payload }) => {
        const memory = Buffer.alloc(offset + envelope.headerBytes(type) + payload.length, 0xee);
        const written = { kind, type, to, from, correlation, amount, prompt, numbers: false };
        const start = envelope.writeHeader(memory, offset, written);
        memory.set(payload, start);
        const header = envelope.emptyHeader();
        expect(envelope.readHeader(memory, offset, start + payload.length, header)).toBe(true);
        expect(header).toEqual({ ...written, payloadStart: start });
        expect(memory.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
      }),
    );
  });

  it('cut short anywhere before its payload is none', () => {
    const memory = Buffer.alloc(envelope.headerBytes('type'));
    const start = envelope.writeHeader(memory, 0, {
      kind: envelope.ASK,
      type: 'type',
      to: 1,
      from: 2,
      correlation: 3,
      amount: 4,
      prompt: true,
      numbers: false,
    });
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
    envelope.writeHeader(frame, 0, {
      ...envelope.EMPTY_ENVELOPE,
      kind: envelope.TELL,
      type: 't',
      from: 7,
      correlation: 8,
      amount: 9,
    });
    envelope.readdress(frame, 42, true);
    const header = envelope.emptyHeader();
    expect(envelope.readHeader(frame, 0, frame.length, header)).toBe(true);
    expect(header).toMatchObject({ to: 42, from: 7, correlation: 8, amount: 9, prompt: true, type: 't' });
    expect(header.payloadStart).toBe(envelope.payloadStart(frame));
  });
});

describe('a header that numbers its route', () => {
  const written = (kind: number, number: number): Buffer => {
    const memory = Buffer.alloc(envelope.headerBytes('type'));
    const end = envelope.writeHeader(memory, 0, {
      ...envelope.EMPTY_ENVELOPE,
      kind,
      type: 'type',
      to: 5,
      from: number,
      numbers: true,
    });
    return memory.subarray(0, end);
  };

  it('says so', () => {
    const header = envelope.emptyHeader();
    const frame = written(envelope.TELL, ROUTES - 1);
    expect(envelope.readHeader(frame, 0, frame.length, header)).toBe(true);
    expect(header).toMatchObject({ to: 5, from: ROUTES - 1, type: 'type', numbers: true });
  });

  it('is refused when there is no such number, and with everything that is no message', () => {
    for (const frame of [written(envelope.TELL, ROUTES), written(envelope.REPLY, 1)])
      expect(envelope.readHeader(frame, 0, frame.length, envelope.emptyHeader())).toBe(false);
  });
});
