import { describe, expect, it } from '@jest/globals';
import { transports } from '../src/index.ts';

describe.each(Object.entries(transports))('the options of %s', (_, create) => {
  it.each([undefined, 65536, '64KiB', '1MiB', 64 * 1024 * 1024])(
    'take stagingBytes %j',
    async (stagingBytes) => {
      await create(stagingBytes === undefined ? {} : { stagingBytes }).close();
    },
  );

  it.each([0, 65535, -1, Number.NaN, Infinity, '65MiB', '64 parsecs', true, null, {}])(
    'refuse stagingBytes %j with the range',
    (stagingBytes) => {
      expect(() => create({ stagingBytes })).toThrow(
        expect.objectContaining({
          code: 'TROUPE_CONFIGURATION',
          message: expect.stringContaining('from 64KiB to 64MiB'),
        }),
      );
    },
  );

  it('refuse what they do not know, and guess what was meant', () => {
    expect(() => create({ stagingByte: 1 })).toThrow(
      expect.objectContaining({
        code: 'TROUPE_CONFIGURATION',
        message: expect.stringContaining("Did you mean 'stagingBytes'?"),
      }),
    );
  });
});
