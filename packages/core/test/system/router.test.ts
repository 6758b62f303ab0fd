// Which member of a pool is chosen, without any actor.
import { describe, expect, it } from '@jest/globals';
import { createRouter, type Routee } from '../../src/system/router.ts';

const member = (depth: number, hasRoom = true): Routee => ({ depth, hasRoom });

describe('a router', () => {
  it('takes each member in turn', () => {
    const members = [member(0), member(0), member(0)];
    const route = createRouter('round-robin', () => 0);
    const chosen = Array.from({ length: 6 }, () => members.indexOf(route(members) ?? member(0)));
    expect(chosen).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('passes over members without room while another has some', () => {
    const members = [member(9, false), member(5), member(9, false)];
    for (const name of ['round-robin', 'random'] as const) {
      const route = createRouter(name, () => 0.9);
      for (let turn = 0; turn < 4; turn += 1) expect(route(members)).toBe(members[1]);
    }
  });

  it('takes the member with the fewest messages when none has room', () => {
    const members = [member(9, false), member(7, false), member(8, false)];
    expect(createRouter('round-robin', () => 0)(members)).toBe(members[1]);
  });

  it('takes the least busy, and goes round among equals', () => {
    const route = createRouter('least-busy', () => 0);
    expect(route([member(3), member(1), member(2)])?.depth).toBe(1);
    const equals = [member(0), member(0), member(0)];
    expect(new Set(Array.from({ length: 3 }, () => route(equals))).size).toBe(3);
  });

  it('takes a member by chance', () => {
    const members = [member(0), member(0), member(0), member(0)];
    const chances = [0, 0.3, 0.6, 0.99];
    const route = createRouter('random', () => chances.shift() ?? 0);
    const chosen = members.map(() => members.indexOf(route(members) ?? member(0)));
    expect(chosen).toEqual([0, 1, 2, 3]);
  });

  it('takes nobody when there is no member, and copes with members that leave', () => {
    const route = createRouter('round-robin', () => 0);
    expect(route<Routee>([])).toBeUndefined();
    const members = [member(0), member(0), member(0)];
    route(members);
    route(members);
    expect(route(members.slice(0, 1))).toBe(members[0]);
  });
});
