// The limits that doctor prints, beside those the pages of the transports name.
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { readLimits } from '../../src/doctor/limits.ts';
import { root } from '../fenced-code.ts';

const PAGES = join(root, 'docs/transports');
const ROW = /^\| `((?:RLIMIT_|fs\.|kernel\.|net\.)[\w.]+)`/gm;

const limits = new Map(readLimits(7).map(({ name, value }) => [name, value]));

describe('the limits that doctor prints', () => {
  it('are all that the pages of the transports name', () => {
    const named = readdirSync(PAGES).flatMap((page) =>
      Array.from(readFileSync(join(PAGES, page), 'utf8').matchAll(ROW), ([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !limits.has(name))).toEqual([]);
  });

  it('have the values of this machine', () => {
    for (const [name, value] of limits) {
      const path = `/proc/sys/${name.replaceAll('.', '/')}`;
      // 0 pages of pipes are no limit.
      if (!name.includes('.') || !existsSync(path) || value === null) continue;
      const [first = ''] = readFileSync(path, 'utf8').trim().split(/\s+/);
      expect([name, value]).toEqual([name, Number(first)]);
    }
    const { bsize, blocks } = statfsSync('/dev/shm');
    expect(limits.get('/dev/shm')).toBe(bsize * blocks);
    expect(limits.get('socket path')).toBe(100);
  });
});
