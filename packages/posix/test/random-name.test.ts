// Names from the kernel's random numbers: as long as asked for, and not twice the same.
import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { randomName } from '../src/random-name.ts';

it('a name has two hexadecimal digits a byte, and no two are alike', () => {
  const descriptors = readdirSync('/proc/self/fd').length;
  const names = Array.from({ length: 100 }, () => randomName(16));
  for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(names).size).toBe(names.length);
  expect(readdirSync('/proc/self/fd')).toHaveLength(descriptors);
});
