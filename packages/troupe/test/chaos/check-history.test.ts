// The checker finds what it is to find: a history without fault, and the same with one fault each.
import { describe, expect, it } from '@jest/globals';
import { checkHistory } from './check-history.ts';
import type { Event } from './history.ts';

type WithoutTime<E> = E extends unknown ? Omit<E, 'atNs'> : never;

const born = (name: string, actor: string, isLocal = true): WithoutTime<Event> => ({
  kind: 'born',
  incarnation: `${actor}.1`,
  name,
  actor,
  pid: 1,
  isLocal,
});
const told = (number: number, checksum = number): WithoutTime<Event> => ({
  kind: 'told',
  from: 'a#1.1',
  number,
  to: 'b',
  checksum,
});
const got = (number: number, by = 'b#1.1', checksum = number): WithoutTime<Event> => ({
  kind: 'got',
  by,
  from: 'a#1.1',
  number,
  checksum,
});
const asked: WithoutTime<Event> = { kind: 'asked', from: 'a#1.1', number: 3, to: 'b', checksum: 3 };
const answered: WithoutTime<Event> = { kind: 'answered', from: 'a#1.1', number: 3, answer: 3 };
const rested = (incarnation: string): WithoutTime<Event> => ({ kind: 'rested', incarnation });
const watched: WithoutTime<Event> = { kind: 'watched', by: 'b#1.1', actor: 'a#1' };
const down: WithoutTime<Event> = { kind: 'down', by: 'b#1.1', actor: 'a#1', reason: 'unreachable' };
const account: WithoutTime<Event> = { kind: 'account', sent: 3, delivered: 1, dead: 1, lost: 1, waiting: 0 };

/** A run in which `a` sends to `b`, message 2 is lost, and `a` ends. */
const faultless = [
  born('a', 'a#1'),
  born('b', 'b#1'),
  watched,
  told(1),
  told(2),
  got(1),
  asked,
  got(3),
  answered,
  rested('a#1.1'),
  down,
  born('a', 'a#2'),
  rested('b#1.1'),
  account,
];

function check(events: readonly WithoutTime<Event>[]): readonly string[] {
  return checkHistory(events.map((event, atNs) => ({ ...event, atNs })));
}

function without(event: WithoutTime<Event>): readonly WithoutTime<Event>[] {
  return faultless.filter((other) => other !== event);
}

function instead(
  event: WithoutTime<Event>,
  ...others: readonly WithoutTime<Event>[]
): readonly WithoutTime<Event>[] {
  return faultless.flatMap((other) => (JSON.stringify(other) === JSON.stringify(event) ? others : [other]));
}

describe('The checker of histories', () => {
  it('finds no fault where there is none', () => {
    expect(check(faultless)).toEqual([]);
  });

  it.each<[string, readonly WithoutTime<Event>[], RegExp]>([
    ['a message that comes twice', instead(got(3), got(3), got(3)), /message 3 .* came twice/],
    ['one that comes to two', [born('b', 'b#2'), ...instead(got(3), got(3), got(3, 'b#2.1'))], /came twice/],
    ['two that change places', instead(got(3), got(3), got(2)), /message 2 came after 3/],
    ['one that was never sent', instead(got(1), got(0)), /message 0 .* never sent/],
    ['one that comes to another', [born('c', 'c#1'), ...instead(got(1), got(1, 'c#1.1'))], /was sent to b/],
    ['one with another content', instead(got(1), got(1, 'b#1.1', 7)), /another content/],
    ['an ask that never ends', without(answered), /ask 3 .* never ended/],
    ['an ask that ends twice', instead(answered, answered, answered), /ask 3 .* ended twice/],
    ['an answer to another ask', instead(answered, { ...answered, answer: 4 }), /another's/],
    ['an answer of nobody', without(faultless[7] as WithoutTime<Event>), /answered by nobody/],
    [
      'an error that no death explains',
      instead(answered, { kind: 'answered', from: 'a#1.1', number: 3, code: 'EPIPE' }),
      /ended with EPIPE/,
    ],
    ['an end that is not told', without(down), /never told of the end of a#1/],
    ['an end that is told twice', instead(down, down, down), /more often/],
    ['a message after the end', instead(down, down, told(4), got(4)), /after it was told of its end/],
    ['an account that does not close', instead(account, { ...account, lost: 0 }), /close/],
    ['messages that wait for ever', instead(account, { ...account, waiting: 1 }), /close/],
  ])('finds %s', (_, history, problem) => {
    expect(check(history)).toEqual([expect.stringMatching(problem)]);
  });
});
