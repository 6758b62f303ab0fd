// Carrying out what the strategy says: pauses, histories, the end, with time in the hands of the test.
import { expect, it } from '@jest/globals';
import type { EndReason } from '../../src/actor/end-reason.ts';
import { oneForOne, type Strategy } from '../../src/supervision/strategy.ts';
import { Supervisor } from '../../src/supervision/supervisor.ts';
import { manualClock } from '../manual-clock.ts';

const reason: EndReason = { kind: 'exit', code: 1 };

function supervise(strategy: Strategy | undefined) {
  const clock = manualClock();
  const happened: string[] = [];
  const supervisor = new Supervisor({
    strategy,
    clock,
    chance: () => 0,
    restart: () => happened.push(`restart at ${String(clock.now())}`),
    giveUp: () => happened.push('give up'),
    report: ({ type }) => happened.push(type),
  });
  return { clock, happened, supervisor };
}

it('restarts after the pause, counts, and gives up once', () => {
  const { clock, happened, supervisor } = supervise(
    oneForOne({ restarts: 2, within: '10s', backoff: [100, 1000], jitter: 0 }),
  );
  supervisor.failed(reason);
  clock.advance(99);
  expect(happened).toEqual(['restart']);
  clock.advance(1);
  supervisor.failed(reason);
  clock.advance(1000);
  supervisor.failed(reason);
  supervisor.failed(reason);
  expect(happened).toEqual(['restart', 'restart at 100', 'restart', 'restart at 300', 'stop', 'give up']);
  expect(supervisor.restarts).toBe(2);
});

it('restarts at once, within the call, when there is no pause', () => {
  const { happened, supervisor } = supervise(oneForOne({ backoff: [0, 0] }));
  supervisor.failed(reason);
  expect(happened).toEqual(['restart', 'restart at 0']);
});

it('does not restart what was closed meanwhile, and leaves no timer', () => {
  const { clock, happened, supervisor } = supervise(oneForOne());
  supervisor.failed(reason);
  supervisor.close();
  clock.advance(100_000);
  supervisor.failed(reason);
  expect(happened).toEqual(['restart']);
  expect(clock.pending).toBe(0);
});

it('goes on for ever when failures are rare', () => {
  const { clock, happened, supervisor } = supervise(
    oneForOne({ restarts: 1, within: '1s', backoff: [0, 0] }),
  );
  for (let failure = 0; failure < 100; failure += 1) {
    supervisor.failed(reason);
    clock.advance(1000);
  }
  expect(happened).not.toContain('give up');
  expect(supervisor.restarts).toBe(100);
});
