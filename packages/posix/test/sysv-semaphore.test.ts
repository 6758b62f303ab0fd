// A semaphore found by a number: what it counts, who may use it, and that it goes. Others wait for it in processes/.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  checkSysvSemaphore,
  clearSysvSemaphore,
  createSysvSemaphore,
  removeSysvSemaphore,
  ringSysvSemaphore,
  waitSysvSemaphore,
} from '../src/sysv-semaphore.ts';

const MOST_RINGS = 32_767;

let id: number;

beforeEach(() => {
  id = createSysvSemaphore();
});

afterEach(() => {
  removeSysvSemaphore(id);
});

describe('a System V semaphore', () => {
  it('lets go as many waits as it was rung', () => {
    expect(ringSysvSemaphore(id)).toBe(true);
    expect(ringSysvSemaphore(id)).toBe(true);
    expect(waitSysvSemaphore(id, Infinity)).toBe(true);
    expect(waitSysvSemaphore(id, 0)).toBe(true);
    expect(waitSysvSemaphore(id, 0)).toBe(false);
  });

  it('waits for as long as it was told', () => {
    const before = performance.now();
    expect(waitSysvSemaphore(id, 30)).toBe(false);
    expect(performance.now() - before).toBeGreaterThan(28);
  });

  it('takes a ring when it can count no further, and sleeps again after it was cleared', () => {
    for (let ring = 0; ring <= MOST_RINGS; ring++) expect(ringSysvSemaphore(id)).toBe(true);
    clearSysvSemaphore(id);
    expect(waitSysvSemaphore(id, 0)).toBe(false);
  });

  it('belongs to its user alone', () => {
    const line = readFileSync('/proc/sysvipc/sem', 'utf8')
      .split('\n')
      .map((text) => text.trim().split(/\s+/))
      .find((fields) => fields[1] === `${id}`);
    expect(line?.slice(0, 4)).toEqual(['0', `${id}`, '600', '1']);
    checkSysvSemaphore(id);
  });

  it('is gone once it is removed, and says so', () => {
    expect(removeSysvSemaphore(id)).toBe(true);
    expect(removeSysvSemaphore(id)).toBe(false);
    expect(ringSysvSemaphore(id)).toBe(false);
    const gone = expect.objectContaining({ code: 'EINVAL', message: expect.stringContaining(`${id}`) });
    expect(() => waitSysvSemaphore(id, 0)).toThrow(gone);
    expect(() => clearSysvSemaphore(id)).toThrow(gone);
    expect(() => checkSysvSemaphore(id)).toThrow(gone);
  });
});
