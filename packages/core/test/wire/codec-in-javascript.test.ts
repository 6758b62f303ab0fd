// msgpackr reads strings natively where its optional addon is there, else in JavaScript, which treats some of them
// differently. Both must bring over the same.
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type * as CodecModule from '../../src/wire/codec.ts';
import { difference } from './same-value.ts';

let codec: CodecModule.Codec;

beforeAll(async () => {
  process.env['MSGPACKR_NATIVE_ACCELERATION_DISABLED'] = 'true';
  await jest.isolateModulesAsync(async () => {
    const msgpackr = await import('msgpackr');
    expect(msgpackr.isNativeAccelerationEnabled).toBe(false);
    const { createCodec } = await import('../../src/wire/codec.ts');
    codec = createCodec({ reviveRef: (address) => address });
  });
  delete process.env['MSGPACKR_NATIVE_ACCELERATION_DISABLED'];
});

describe('without native code', () => {
  const units = ['x', 'é', '漢', '😀', '\ufeff', '\ud800', '\0'];
  const lengths = [
    0, 1, 2, 3, 7, 8, 15, 16, 21, 22, 31, 32, 63, 64, 65, 85, 86, 255, 256, 4096, 22_000, 70_000,
  ];

  it.each(units)('strings of %j of every length arrive equal', (unit) => {
    for (const length of lengths) {
      const value = {
        [unit.repeat(length)]: unit.repeat(length),
        list: [`${unit.repeat(length)}-`, `-${unit.repeat(length)}`],
      };
      const bytes = codec.encode(value);
      expect(difference(codec.decode(bytes, 0, bytes.length), value)).toBeUndefined();
    }
  });

  it('every UTF-16 unit arrives', () => {
    const everyUnit = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
    for (const value of [
      everyUnit,
      everyUnit.join(''),
      everyUnit.filter((unit) => unit < '\ud800' || unit > '\udfff').join(''),
    ]) {
      const bytes = codec.encode(value);
      expect(difference(codec.decode(bytes, 0, bytes.length), value)).toBeUndefined();
    }
  });
});
