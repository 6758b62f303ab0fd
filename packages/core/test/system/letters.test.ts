// Letters on their way: to whoever has the name, or counted and logged, at most a line a second.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Destination } from '../../src/actor/actor-ref.ts';
import type { Clock } from '../../src/clock.ts';
import { Letters } from '../../src/system/letters.ts';

let nowMs = 0;
let lines: string[] = [];
let told: unknown[] = [];
let letters: Letters;

const clock = { now: () => nowMs } as Clock;
const holder = { tell: (...message: unknown[]) => told.push(message) > 0 } as unknown as Destination;
const grumpy = {
  tell: () => {
    throw new Error('not today');
  },
} as unknown as Destination;

beforeEach(() => {
  nowMs = 5000;
  lines = [];
  told = [];
  const log = { debug() {}, info() {}, error() {}, warn: (line: string) => void lines.push(line) };
  const known = new Map([
    ['counter', holder],
    ['grumpy', grumpy],
  ]);
  letters = new Letters({ log, clock, holderOf: (name) => known.get(name) });
});

function post(letter: unknown): void {
  const bytes = Buffer.from(JSON.stringify(letter));
  letters.receive(bytes, 0, bytes.length);
}

describe('letters', () => {
  it('go to the actor that has the name', () => {
    post({ to: 'counter', type: 'add', payload: 3 });
    post({ to: 'counter', type: 'reset' });
    expect(told).toEqual([
      ['add', 3],
      ['reset', undefined],
    ]);
    expect([letters.counts, lines]).toEqual([{ taken: 2, refused: 0 }, []]);
  });

  it('are refused with the reason, a line a second for all of them', () => {
    post({ to: 'nobody', type: 'add' });
    post({ to: 'counter' });
    letters.refuse('5 bytes of noise');
    nowMs += 1000;
    post({ to: 'grumpy', type: 'add' });
    expect(lines).toEqual([
      'a letter was refused: no actor has the name "nobody"',
      'a letter was refused: not today, and 2 more before it',
    ]);
    expect(letters.counts).toEqual({ taken: 0, refused: 4 });
  });
});
