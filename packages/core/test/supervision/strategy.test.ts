// The decision about a failed actor: a pure function, whatever its history.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, oneForOne, type Strategy } from '../../src/supervision/strategy.ts';

const strategies = fc
  .record({
    restarts: fc.nat(20),
    within: fc.integer({ min: 1, max: 100_000 }),
    first: fc.nat(1000),
    longest: fc.nat(100_000),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ restarts, within, first, longest, jitter }) =>
    oneForOne({ restarts, within, backoff: [first, longest], jitter }),
  );
const history = fc
  .array(fc.nat(200_000), { maxLength: 30 })
  .map((times) => times.sort((left, right) => left - right));
const chance = fc.double({ min: 0, max: 1, noNaN: true });

describe('decide', () => {
  it('with the defaults pauses 100, 200, 400, 800 and 1600 ms, and the sixth failure ends the actor', () => {
    const pauses: unknown[] = [];
    const failures: number[] = [];
    for (let nowMs = 0; failures.length < 6; nowMs += 100) {
      pauses.push(decide(oneForOne(), failures, nowMs, 0));
      failures.push(nowMs);
    }
    expect(pauses).toEqual([
      ...[100, 200, 400, 800, 1600].map((afterMs) => ({ type: 'restart', afterMs })),
      { type: 'stop', why: expect.stringContaining('6 times within 10000 ms; 5 restarts are allowed') },
    ]);
  });

  it('stops an actor without supervision', () => {
    expect(decide(undefined, [], 0, 0)).toMatchObject({ type: 'stop' });
  });

  it('restarts exactly as long as fewer failures than allowed lie in the window', () => {
    fc.assert(
      fc.property(strategies, history, chance, (strategy: Strategy, earlier, random) => {
        const nowMs = earlier.at(-1) ?? 0;
        const recent = earlier.filter((time) => nowMs - time < strategy.withinMs).length;
        const { type } = decide(strategy, earlier, nowMs, random);
        expect(type).toBe(recent < strategy.restarts ? 'restart' : 'stop');
      }),
    );
  });

  it('pauses never longer than the longest, never less than jitter allows, and never shorter for one failure more', () => {
    fc.assert(
      fc.property(strategies, history, chance, (strategy, earlier, random) => {
        const nowMs = earlier.at(-1) ?? 0;
        const decision = decide(strategy, earlier, nowMs, random);
        if (decision.type === 'stop') return;
        expect(decision.afterMs).toBeGreaterThanOrEqual(0);
        expect(decision.afterMs).toBeLessThanOrEqual(strategy.longestPauseMs);
        const next = decide(strategy, [...earlier, nowMs], nowMs, random);
        if (next.type === 'restart') expect(next.afterMs).toBeGreaterThanOrEqual(decision.afterMs);
      }),
    );
  });

  it('gives the same answer to the same question', () => {
    fc.assert(
      fc.property(strategies, history, fc.nat(), chance, (strategy, earlier, nowMs, random) => {
        expect(decide(strategy, earlier, nowMs, random)).toEqual(
          decide(strategy, [...earlier], nowMs, random),
        );
      }),
    );
  });

  it('forgets failures that lie as long ago as the window is', () => {
    const strategy = oneForOne({ restarts: 1, within: '1s', backoff: [10, 10], jitter: 0 });
    expect(decide(strategy, [0], 999, 0).type).toBe('stop');
    expect(decide(strategy, [0], 1000, 0).type).toBe('restart');
  });
});
