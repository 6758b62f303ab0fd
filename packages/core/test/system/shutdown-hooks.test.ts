// The hooks of a shutdown on a clock that a test moves: in which order they are called, and that none takes the time of another.
import { expect, it } from '@jest/globals';
import { ShutdownHooks } from '../../src/system/shutdown-hooks.ts';
import { describeShutdown, exitCodeOf, NOTHING, sumOf } from '../../src/system/shutdown-report.ts';
import { manualClock } from '../manual-clock.ts';

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

it('the last one is called first, each when the one before is done, and one that throws holds up none', async () => {
  const hooks = new ShutdownHooks(manualClock(), 1);
  const called: string[] = [];
  hooks.add('before', () => void called.push('first'));
  hooks.add('before', () => {
    called.push('second');
    throw new RangeError('on purpose');
  });
  hooks.add('before', async () => {
    await Promise.resolve();
    called.push('third');
  });
  hooks.add('before', () => void called.push('taken back'))();
  hooks.add('after', () => void called.push('after'));
  await hooks.run('before', 'stop', 1000);
  expect(called).toEqual(['third', 'second', 'first']);
  expect(hooks.failed).toEqual([{ phase: 'before', error: new RangeError('on purpose') }]);
  expect(hooks.hung).toEqual([]);
});

it('one that does not return is left behind after its part of the time, and is told so', async () => {
  const clock = manualClock();
  const hooks = new ShutdownHooks(clock, 7);
  const called: string[] = [];
  let wasAborted = false;
  hooks.add('after', () => void called.push('behind it'));
  hooks.add('after', ({ signal, reason }) => {
    called.push(reason);
    signal.addEventListener('abort', () => (wasAborted = true));
    return new Promise(() => undefined);
  });
  const done = hooks.run('after', 'SIGTERM', 1000);
  await turns();
  clock.advance(499);
  await turns();
  expect(called).toEqual(['SIGTERM']);
  clock.advance(1);
  await done;
  expect([called, wasAborted]).toEqual([['SIGTERM', 'behind it'], true]);
  expect(hooks.hung).toEqual([{ kind: 'hook', name: 'after', pid: 7 }]);
  expect(clock.pending).toBe(0);
});

it('a report is clean only when nothing was lost, hung, failed or silent; dead letters are told where they happen', () => {
  const clean = {
    ...NOTHING,
    processed: 5,
    deadLettered: 2,
    unknown: 1,
    processes: { reported: 3, silent: 0 },
  };
  expect(exitCodeOf(clean, [])).toBe(0);
  expect(exitCodeOf(sumOf(clean, { ...NOTHING, lost: 1 }), [])).toBe(70);
  expect(exitCodeOf(sumOf(clean, { ...NOTHING, processes: { reported: 0, silent: 1 } }), [])).toBe(70);
  expect(exitCodeOf(sumOf(clean, { ...NOTHING, hung: [{ kind: 'actor', name: 'a', pid: 1 }] }), [])).toBe(70);
  expect(exitCodeOf(clean, [{ phase: 'before', error: new Error('x') }])).toBe(70);
  const report = {
    ...sumOf(clean, { ...NOTHING, lost: 4, hung: [{ kind: 'actor', name: 'a', pid: 9 }] }),
  } as const;
  expect(describeShutdown({ ...report, reason: 'SIGTERM', tookMs: 12, failedHooks: [], exitCode: 70 })).toBe(
    "stopped (SIGTERM) in 12 ms: 4 messages were lost; actor 'a' in process 9 hung",
  );
});
