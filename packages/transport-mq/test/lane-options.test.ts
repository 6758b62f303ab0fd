// What can be said to the transports, and how everything else is refused.
import { describe, expect, it } from '@jest/globals';
import { transports } from '../src/index.ts';

describe.each(['posix-mq', 'sysv-mq'] as const)('the options of %s', (name) => {
  const create = transports[name];

  it('are bytes or a size', () => {
    for (const stagingBytes of ['128KiB', 1024 * 1024, '64MiB'])
      expect(create({ stagingBytes }).name).toBe(name);
  });

  it.each([[{ stagingBytes: '64KiB' }], [{ stagingBytes: '65MiB' }], [{ stagingBytes: 'much' }]])(
    'refuse %j',
    (options) => {
      expect(() => create(options)).toThrow(
        expect.objectContaining({
          code: 'TROUPE_CONFIGURATION',
          message: expect.stringContaining('from 128KiB to 64MiB'),
        }),
      );
    },
  );

  it('refuse what they do not know, with a guess', () => {
    expect(() => create({ stagingByte: 1 })).toThrow(
      expect.objectContaining({
        code: 'TROUPE_CONFIGURATION',
        message: expect.stringContaining("Did you mean 'stagingBytes'"),
      }),
    );
  });
});
