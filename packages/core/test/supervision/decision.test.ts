// The decision about a failed actor: a pure function, whatever the strategy, the actor and what went before.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  DECISION_CODES,
  decide,
  RESTART_TYPES,
  type Failure,
  type Moment,
} from '../../src/supervision/decision.ts';
import { DIRECTIVES, oneForAll, oneForOne, restForOne } from '../../src/supervision/strategy.ts';

const chance = fc.double({ min: 0, max: 1, noNaN: true });
const strategies = fc
  .record({
    make: fc.constantFrom(oneForOne, oneForAll, restForOne),
    restarts: fc.nat(20),
    within: fc.integer({ min: 1, max: 100_000 }),
    first: fc.nat(1000),
    longest: fc.nat(100_000),
    jitter: chance,
  })
  .map(({ make, restarts, within, first, longest, jitter }) =>
    make({ restarts, within, backoff: [first, longest], jitter }),
  );
const situations = fc
  .record({
    strategy: strategies,
    siblings: fc.integer({ min: 1, max: 9 }),
    at: fc.nat(8),
    restart: fc.constantFrom(...RESTART_TYPES),
    isNormal: fc.boolean(),
    canResume: fc.boolean(),
    directive: fc.constantFrom(...DIRECTIVES),
    superior: fc.constantFrom('none', 'parent', 'supervisor'),
    earlierMs: fc.array(fc.nat(200_000), { maxLength: 30 }),
    chance,
    heldMs: fc.oneof(fc.constant(0), fc.nat(5000)),
  })
  .map(({ strategy, at, siblings, earlierMs, chance: random, heldMs, ...rest }) => {
    const sorted = earlierMs.sort((left, right) => left - right);
    const failure: Failure = { ...rest, siblings, child: at % siblings, limits: strategy };
    const moment: Moment = { earlierMs: sorted, nowMs: sorted.at(-1) ?? 0, chance: random, heldMs };
    return { strategy, failure, moment };
  });

const alone: Failure = {
  child: 0,
  siblings: 1,
  restart: 'transient',
  limits: oneForOne(),
  isNormal: false,
  canResume: true,
  directive: 'restart',
  superior: 'none',
};
const now: Moment = { earlierMs: [], nowMs: 0, chance: 0, heldMs: 0 };

describe('decide', () => {
  it('with the defaults pauses 100, 200, 400, 800 and 1600 ms, and the sixth failure ends the actor', () => {
    const decisions: unknown[] = [];
    const earlierMs: number[] = [];
    for (let nowMs = 0; earlierMs.length < 6; nowMs += 100) {
      decisions.push(decide(oneForOne(), alone, { ...now, earlierMs, nowMs }));
      earlierMs.push(nowMs);
    }
    expect(decisions).toEqual([
      ...[100, 200, 400, 800, 1600].map((afterMs) => ({
        type: 'restart',
        code: 'failure',
        afterMs,
        children: [0],
      })),
      {
        type: 'stop',
        code: 'too-many',
        why: expect.stringContaining('6 times within 10000 ms; 5 restarts are allowed'),
      },
    ]);
  });

  it('stops an actor without supervision, whatever happened', () => {
    fc.assert(
      fc.property(situations, ({ failure, moment }) => {
        expect(decide(undefined, failure, moment)).toMatchObject({ type: 'stop', code: 'unsupervised' });
      }),
    );
  });

  it('never starts a temporary child again, and a transient one only after a failure', () => {
    fc.assert(
      fc.property(situations, ({ strategy, failure, moment }) => {
        const { type } = decide(strategy, failure, moment);
        if (failure.restart === 'temporary') expect(type).toBe('stop');
        if (failure.restart === 'transient' && failure.isNormal) expect(type).toBe('stop');
      }),
    );
  });

  it('restarts exactly as long as fewer failures than allowed lie in the window, and nothing else was chosen', () => {
    fc.assert(
      fc.property(situations, ({ strategy, failure, moment }) => {
        fc.pre(failure.restart === 'permanent' && (failure.isNormal || failure.directive === 'restart'));
        const recent = moment.earlierMs.filter((time) => moment.nowMs - time < strategy.withinMs).length;
        const givenUp = failure.superior === 'supervisor' ? 'escalate' : 'stop';
        expect(decide(strategy, failure, moment).type).toBe(recent < strategy.restarts ? 'restart' : givenUp);
      }),
    );
  });

  it('does what was chosen: resumes only what has a state, and escalates only to somebody', () => {
    fc.assert(
      fc.property(situations, ({ strategy, failure, moment }) => {
        fc.pre(failure.restart !== 'temporary' && !failure.isNormal);
        const { type } = decide(strategy, failure, moment);
        if (failure.directive === 'resume') expect(type === 'resume').toBe(failure.canResume);
        if (failure.directive === 'stop') expect(type).toBe('stop');
        if (failure.directive === 'escalate')
          expect(type).toBe(failure.superior === 'none' ? 'stop' : 'escalate');
      }),
    );
  });

  it('starts again the failed child alone, all, or it and those behind it: in order, each once', () => {
    fc.assert(
      fc.property(situations, ({ strategy, failure, moment }) => {
        const decision = decide(strategy, failure, moment);
        if (decision.type !== 'restart') return;
        const first = strategy.type === 'one-for-all' ? 0 : failure.child;
        const last = strategy.type === 'one-for-one' ? failure.child : failure.siblings - 1;
        expect(decision.children).toEqual(
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
      }),
    );
  });

  it('pauses a finite time: never shorter than jitter allows or the process can bear, and never shorter for one failure more', () => {
    fc.assert(
      fc.property(situations, ({ strategy, failure, moment }) => {
        const decision = decide(strategy, failure, moment);
        if (decision.type !== 'restart') return;
        expect(decision.afterMs).toBeGreaterThanOrEqual(moment.heldMs);
        expect(decision.afterMs).toBeLessThanOrEqual(Math.max(strategy.longestPauseMs, moment.heldMs));
        if (decision.code === 'storm') expect(decision.afterMs).toBe(moment.heldMs);
        const earlierMs = [...moment.earlierMs, moment.nowMs];
        const next = decide(strategy, failure, { ...moment, earlierMs });
        if (next.type === 'restart') expect(next.afterMs).toBeGreaterThanOrEqual(decision.afterMs);
      }),
    );
  });

  it('gives the same answer to the same question, with a code that is known', () => {
    fc.assert(
      fc.property(situations, ({ strategy, failure, moment }) => {
        const decision = decide(strategy, failure, moment);
        expect(decide({ ...strategy }, { ...failure }, { ...moment })).toEqual(decision);
        expect(DECISION_CODES).toContain(decision.code);
      }),
    );
  });

  it('forgets failures that lie as long ago as the window is', () => {
    const strategy = oneForOne({ restarts: 1, within: '1s', backoff: [10, 10], jitter: 0 });
    const failure = { ...alone, limits: strategy };
    expect(decide(strategy, failure, { ...now, earlierMs: [0], nowMs: 999 }).type).toBe('stop');
    expect(decide(strategy, failure, { ...now, earlierMs: [0], nowMs: 1000 }).type).toBe('restart');
  });

  it('has a pause after any number of failures, also without backoff', () => {
    const strategy = oneForOne({ restarts: 5000, backoff: [0, 0] });
    const earlierMs = Array.from({ length: 2000 }, () => 0);
    expect(decide(strategy, { ...alone, limits: strategy }, { ...now, earlierMs })).toMatchObject({
      afterMs: 0,
    });
  });
});
