// Which member of a pool is chosen, without any actor.
import { describe, expect, it } from '@jest/globals';
import { createChoice, type Routee } from '../../../src/system/pool/router.ts';

const member = (depth: number, hasRoom = true, state = 'running', slot = 0): Routee => ({
  depth,
  hasRoom,
  state,
  slot,
});

describe('a router', () => {
  it('takes each member in turn', () => {
    const members = [member(0), member(0), member(0)];
    const route = createChoice('round-robin', () => 0);
    const chosen = Array.from({ length: 6 }, () =>
      members.indexOf(route(members, 'work', undefined) ?? member(0)),
    );
    expect(chosen).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('passes over members without room while another has some', () => {
    const members = [member(9, false), member(5), member(9, false)];
    for (const name of ['round-robin', 'random'] as const) {
      const route = createChoice(name, () => 0.9);
      for (let turn = 0; turn < 4; turn += 1) expect(route(members, 'work', undefined)).toBe(members[1]);
    }
  });

  it('takes the member with the fewest messages when none has room', () => {
    const members = [member(9, false), member(7, false), member(8, false)];
    expect(createChoice('round-robin', () => 0)(members, 'work', undefined)).toBe(members[1]);
  });

  it('takes the least busy, and goes round among equals', () => {
    const route = createChoice('least-busy', () => 0);
    expect(route([member(3), member(1), member(2)], 'work', undefined)?.depth).toBe(1);
    const equals = [member(0), member(0), member(0)];
    expect(new Set(Array.from({ length: 3 }, () => route(equals, 'work', undefined))).size).toBe(3);
  });

  it('takes a member by chance', () => {
    const members = [member(0), member(0), member(0), member(0)];
    const chances = [0, 0.3, 0.6, 0.99];
    const route = createChoice('random', () => chances.shift() ?? 0);
    const chosen = members.map(() => members.indexOf(route(members, 'work', undefined) ?? member(0)));
    expect(chosen).toEqual([0, 1, 2, 3]);
  });

  it('takes nobody when there is no member, and copes with members that leave', () => {
    const route = createChoice('round-robin', () => 0);
    expect(route<Routee>([], 'work', undefined)).toBeUndefined();
    const members = [member(0), member(0), member(0)];
    route(members, 'work', undefined);
    route(members, 'work', undefined);
    expect(route(members.slice(0, 1), 'work', undefined)).toBe(members[0]);
  });

  it('passes over members that are being started again while another runs', () => {
    const members = [member(0, true, 'waiting'), member(5), member(0, true, 'starting')];
    for (const name of ['round-robin', 'random', 'least-busy'] as const) {
      const route = createChoice(name, () => 0.9);
      for (let turn = 0; turn < 4; turn += 1) expect(route(members, 'work', undefined)).toBe(members[1]);
    }
  });
});

describe('a router by key', () => {
  const keys = Array.from({ length: 3000 }, (_, index) => `customer-${String(index)}`);
  const route = createChoice(
    'consistent-hash',
    () => 0,
    (_type, payload) => payload as string,
  );
  const slots = (members: readonly Routee[]): number[] =>
    keys.map((key) => route(members, 'work', key)?.slot ?? -1);
  const members = Array.from({ length: 5 }, (_, slot) => member(0, true, 'running', slot));

  it('gives messages of one key to one member, whatever else that has to do', () => {
    const before = slots(members);
    const busy = members.map((each, index) => member(index * 100, index > 2, 'waiting', each.slot));
    expect(slots(busy)).toEqual(before);
  });

  it('spreads keys over all members', () => {
    const counts = members.map(({ slot }) => slots(members).filter((other) => other === slot).length);
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(120);
  });

  it('moves the keys of a member that left, and no others', () => {
    const before = slots(members);
    const after = slots(members.filter(({ slot }) => slot !== 2));
    after.forEach((slot, index) => {
      if (before[index] === 2) expect([0, 1, 3, 4]).toContain(slot);
      else expect(slot).toBe(before[index]);
    });
    expect(new Set(after.filter((_, index) => before[index] === 2)).size).toBe(4);
  });
});
