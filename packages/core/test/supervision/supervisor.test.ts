// Carrying out what is decided: pauses, histories, order, the end, with time and actors in the hands of the test.
import { describe, expect, it } from '@jest/globals';
import type { EndReason } from '../../src/actor/end-reason.ts';
import type { RestartType } from '../../src/supervision/decision.ts';
import type { Place } from '../../src/supervision/place.ts';
import { RestartBudget } from '../../src/supervision/restart-budget.ts';
import { oneForAll, oneForOne, restForOne, type Strategy } from '../../src/supervision/strategy.ts';
import { Supervisor, type SupervisorOptions } from '../../src/supervision/supervisor.ts';
import { manualClock } from '../manual-clock.ts';

const reason: EndReason = { kind: 'exit', code: 1 };
const atOnce = { backoff: [0, 0], jitter: 0 } as const;

/** Lets every promise that is settled be heard. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

interface Scene {
  readonly superior?: SupervisorOptions['superior'];
  /** One child a letter, in order; permanent unless it is said otherwise. */
  readonly children?: Readonly<Record<string, RestartType>>;
  /** How often the start of a child is still to fail. */
  readonly failingStarts?: Record<string, number>;
}

async function supervise(strategy: Strategy | undefined, scene: Scene = {}) {
  const { superior = 'supervisor', children = { a: 'permanent' }, failingStarts = {} } = scene;
  const clock = manualClock();
  const happened: string[] = [];
  const supervisor = new Supervisor({
    strategy,
    superior,
    clock,
    chance: () => 0,
    budget: new RestartBudget(clock),
    report: (place, { type }) => happened.push(`${type} ${nameOf(place)}`),
    escalate: (place) => happened.push(`${nameOf(place)} was too much`),
  });
  const names = Object.keys(children);
  const nameOf = (place: Place): string => names[place.index] ?? '';
  const places = names.map((name) =>
    supervisor.add({
      restart: children[name] ?? 'permanent',
      limits: strategy ?? oneForOne(),
      stopTimeoutMs: undefined,
      restartCost: () => 1,
      ward: () => ({
        restart: async () => {
          happened.push(`start ${name}`);
          await Promise.resolve();
          const left = failingStarts[name] ?? 0;
          if (left === 0) return;
          failingStarts[name] = left - 1;
          throw new Error(`no start of ${name}`);
        },
        resume: () => happened.push(`resume ${name}`),
        rest: async () => {
          happened.push(`rest ${name}`);
          await Promise.resolve();
        },
        stop: async () => {
          happened.push(`stop ${name}`);
          await Promise.resolve();
        },
        end: () => happened.push(`end ${name}`),
      }),
    }),
  );
  const started = supervisor.start();
  await settle();
  const place = Object.fromEntries(names.map((name, index) => [name, places[index] as Place]));
  return { clock, happened, supervisor, place, started, since: () => happened.splice(0) };
}

describe('one actor', () => {
  it('is restarted after the pause, and given up once', async () => {
    const strategy = oneForOne({ restarts: 2, within: '10s', backoff: [100, 1000], jitter: 0 });
    const { clock, place, since } = await supervise(strategy, { superior: 'none' });
    const { a } = place;
    since();
    a?.failed(reason, true);
    clock.advance(99);
    await settle();
    expect(since()).toEqual(['restart a']);
    clock.advance(1);
    await settle();
    expect(since()).toEqual(['start a']);
    a?.failed(reason, true);
    clock.advance(1000);
    await settle();
    a?.failed(reason, true);
    a?.failed(reason, true);
    expect(since()).toEqual(['restart a', 'start a', 'stop a', 'end a']);
    expect(a?.restarts).toBe(2);
  });

  it('is restarted at once, within the call, when there is no pause', async () => {
    const { place, since } = await supervise(oneForOne(atOnce));
    since();
    place['a']?.failed(reason, true);
    expect(since()).toEqual(['restart a', 'start a']);
  });

  it('is not restarted when the supervisor was closed meanwhile, and leaves no timer', async () => {
    const { clock, place, since, supervisor } = await supervise(oneForOne());
    since();
    place['a']?.failed(reason, true);
    supervisor.close();
    clock.advance(100_000);
    await settle();
    place['a']?.failed(reason, true);
    expect(place['a']?.finished({ kind: 'normal' })).toBe(false);
    expect(since()).toEqual(['restart a']);
    expect(clock.pending).toBe(0);
  });

  it('that ends during its pause leaves no timer', async () => {
    const { clock, place } = await supervise(oneForOne());
    place['a']?.failed(reason, true);
    place['a']?.ended();
    await settle();
    expect(clock.pending).toBe(0);
  });

  it('goes on for ever when failures are rare', async () => {
    const { clock, place, happened } = await supervise(oneForOne({ restarts: 1, within: '1s', ...atOnce }));
    for (let failure = 0; failure < 100; failure += 1) {
      place['a']?.failed(reason, true);
      await settle();
      clock.advance(1000);
    }
    expect(happened).not.toContain('end a');
    expect(place['a']?.restarts).toBe(100);
  });

  it('stays when it is permanent and stopped in order, and ends when it is not', async () => {
    const children = { a: 'permanent', b: 'transient', c: 'temporary' } as const;
    const { place, since } = await supervise(oneForOne(atOnce), { children });
    since();
    expect(place['a']?.finished({ kind: 'normal' })).toBe(true);
    expect(place['b']?.finished({ kind: 'normal' })).toBe(false);
    expect(place['c']?.finished({ kind: 'normal' })).toBe(false);
    expect(since()).toEqual(['restart a', 'start a', 'stop b', 'stop c']);
  });

  it('is treated as the strategy chooses by the reason', async () => {
    const strategy = oneForOne({
      ...atOnce,
      onFailure: ({ kind }) => (kind === 'exit' ? 'resume' : kind === 'signal' ? 'stop' : 'escalate'),
    });
    const children = { a: 'permanent', b: 'permanent', c: 'permanent' } as const;
    const { place, since } = await supervise(strategy, { children });
    since();
    place['a']?.failed(reason, true);
    place['a']?.failed(reason, false);
    await settle();
    place['b']?.failed({ kind: 'signal', name: 'SIGKILL' }, false);
    place['c']?.failed({ kind: 'hung', afterMs: 1 }, false);
    expect(since()).toEqual([
      ...['resume a', 'resume a', 'restart a', 'start a'],
      ...['stop b', 'end b', 'escalate c', 'c was too much'],
    ]);
  });
});

describe('several actors', () => {
  const three = { a: 'permanent', b: 'permanent', c: 'permanent' } as const;

  it('are started in order, each when the one before it runs', async () => {
    const { happened } = await supervise(oneForOne(), { children: three });
    expect(happened).toEqual(['start a', 'start b', 'start c']);
  });

  it('of which one fails: one for one restarts it alone', async () => {
    const { place, since } = await supervise(oneForOne(atOnce), { children: three });
    since();
    place['b']?.failed(reason, true);
    await settle();
    expect(since()).toEqual(['restart b', 'start b']);
  });

  it('of which one fails: one for all rests the others last first, and starts all first to last', async () => {
    const { place, since } = await supervise(oneForAll(atOnce), { children: three });
    since();
    place['b']?.failed(reason, true);
    await settle();
    expect(since()).toEqual(['restart b', 'rest c', 'rest a', 'start a', 'start b', 'start c']);
  });

  it('of which one fails: rest for one restarts it and those behind it', async () => {
    const { place, since } = await supervise(restForOne(atOnce), { children: three });
    since();
    place['b']?.failed(reason, true);
    await settle();
    expect(since()).toEqual(['restart b', 'rest c', 'start b', 'start c']);
  });

  it('do not wait for the pause of another when each is on its own', async () => {
    const strategy = oneForOne({ backoff: ['1s', '10s'], jitter: 0 });
    const { clock, place, since } = await supervise(strategy, { children: three });
    since();
    place['a']?.failed(reason, true);
    clock.advance(500);
    place['b']?.failed(reason, true);
    clock.advance(500);
    await settle();
    expect(since()).toEqual(['restart a', 'restart b', 'start a']);
  });

  it('are all rested again when one that was started again fails before the last is', async () => {
    const { place, since } = await supervise(oneForAll(atOnce), { children: three, failingStarts: {} });
    since();
    place['c']?.failed(reason, true);
    await Promise.resolve();
    // It is to be brought to rest, and fails on its own: that changes nothing.
    place['a']?.failed(reason, true);
    await settle();
    expect(since()).toEqual(['restart c', 'rest b', 'rest a', 'start a', 'start b', 'start c']);
  });

  it('of which one cannot be started: that is a failure like any other', async () => {
    const { since, started } = await supervise(restForOne(atOnce), {
      children: three,
      failingStarts: { b: 2 },
    });
    await started;
    expect(since()).toEqual([
      ...['start a', 'start b', 'restart b', 'start b', 'restart b', 'start b', 'start c'],
    ]);
  });

  it('of which one can never be started: the supervisor gives up, and what comes behind is not begun', async () => {
    const strategy = oneForAll({ ...atOnce, restarts: 1 });
    const { since, started } = await supervise(strategy, { children: three, failingStarts: { b: 9 } });
    await started;
    expect(since()).toEqual([
      ...['start a', 'start b', 'restart b', 'rest a', 'start a', 'start b'],
      ...['escalate b', 'b was too much'],
    ]);
  });

  it('that are temporary are stopped with the others, and not started again', async () => {
    const children = { a: 'permanent', b: 'temporary', c: 'permanent' } as const;
    const { place, since } = await supervise(oneForAll(atOnce), { children });
    since();
    place['c']?.failed(reason, true);
    await settle();
    expect(since()).toEqual(['restart c', 'stop b', 'rest a', 'start a', 'start c']);
  });

  it('that have ended for good are not started with the others', async () => {
    const children = { a: 'transient', b: 'permanent' } as const;
    const { place, since } = await supervise(oneForAll(atOnce), { children });
    place['a']?.finished({ kind: 'normal' });
    since();
    place['b']?.failed(reason, true);
    await settle();
    expect(since()).toEqual(['restart b', 'start b']);
  });
});
