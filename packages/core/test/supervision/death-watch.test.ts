// Who is told when an actor ends: everybody who asked, once, and those who ask late.
import { expect, it } from '@jest/globals';
import type { End } from '../../src/actor/end-reason.ts';
import { DeathWatch } from '../../src/supervision/death-watch.ts';

const end: End = { reason: { kind: 'exit', code: 3 }, lost: 2 };

it('tells everybody once, and nobody who has ended the watch', () => {
  const watch = new DeathWatch();
  const told: string[] = [];
  for (const name of ['a/1', 'a/1', 'a/2', 'b/1', '/1']) watch.watch(7, name, () => told.push(name));
  watch.unwatch(7, 'a/2');
  watch.unwatch(7, 'nobody');
  watch.ended(7, end);
  watch.ended(7, end);
  expect(told).toEqual(['a/1', 'b/1', '/1']);
});

it('forgets those whose process is gone, and only those', () => {
  const watch = new DeathWatch();
  const told: string[] = [];
  for (const name of ['a/1', 'ab/1', '/1']) watch.watch(7, name, () => told.push(name));
  watch.unwatchAll('a/');
  watch.ended(7, end);
  expect(told).toEqual(['ab/1', '/1']);
});

it('remembers why, but not for ever', () => {
  const watch = new DeathWatch();
  watch.ended(1, end);
  expect(watch.endOf(1)).toBe(end);
  for (let actor = 2; actor < 10_000; actor += 1) watch.ended(actor, end);
  expect(watch.endOf(1).reason.kind).toBe('unreachable');
  expect(watch.endOf(9999)).toBe(end);
  expect(watch.endOf(123_456).reason.kind).toBe('unreachable');
});
