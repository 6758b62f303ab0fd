// How one actor begins to run, again too, and what may come between: an init that hangs, a failure meanwhile, a handler that is
// still at it.
import { describe, expect, it } from '@jest/globals';
import type { Context } from '../../src/actor/behavior.ts';
import { defineActor } from '../../src/actor/define-actor.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

interface Started extends LoneCell {
  /** What the next `init` does; without it, it succeeds. */
  next: ((context: Context) => unknown) | undefined;
  readonly noted: string[];
}

async function start(): Promise<Started> {
  const noted: string[] = [];
  let late: (() => void) | undefined;
  const Actor = defineActor(import.meta.url, {
    init: (context) => started.next?.(context) ?? 'fresh',
    handlers: {
      state: (state) => state,
      fail() {
        throw new Error('on purpose');
      },
      async streamLate() {
        await new Promise<void>((resolve) => (late = resolve));
        return (function* () {
          noted.push('began');
          yield 1;
        })();
      },
      goOn: () => late?.(),
    },
  });
  const started: Started = { next: undefined, noted } as unknown as Started;
  return Object.assign(started, await loneCell(Actor as never));
}

describe('an actor that is started again', () => {
  it('has failed to start when its init takes too long, and may be started once more; what comes late is not taken', async () => {
    const run = await start();
    const { cell } = run;
    cell.tell('fail', undefined);
    await run.settle();
    let comeLate: ((state: string) => void) | undefined;
    run.next = () => new Promise((resolve) => (comeLate = resolve));
    const again = cell.restart();
    const outcome = expect(again).rejects.toMatchObject({ code: 'TROUPE_START_TIMEOUT' });
    await run.settle();
    await run.pass(999);
    expect(cell.state).toBe('starting');
    await run.pass(1);
    await outcome;
    expect(cell.state).toBe('at-rest');
    run.next = undefined;
    await cell.restart();
    comeLate?.('late');
    await run.settle();
    expect(await run.ask('state')).toBe('fresh');
  });

  it('ends in time when it is stopped while its init hangs', async () => {
    const run = await start();
    const { cell } = run;
    cell.tell('fail', undefined);
    await run.settle();
    run.next = () => new Promise(() => undefined);
    const outcome = expect(cell.restart()).rejects.toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    await run.settle();
    const stopping = cell.stop(500, true);
    await run.pass(500);
    await Promise.all([outcome, stopping]);
    expect(cell.endReason).toEqual({ kind: 'hung', afterMs: 500 });
  });

  it('is not made to fail by what happened while an earlier init failed', async () => {
    const run = await start();
    const { cell } = run;
    cell.tell('fail', undefined);
    await run.settle();
    run.next = async () => {
      cell.fail({ kind: 'exit', code: 4 });
      await Promise.resolve();
      throw new Error('in init');
    };
    await expect(cell.restart()).rejects.toThrow('in init');
    run.next = undefined;
    await cell.restart();
    expect(await run.ask('state')).toBe('fresh');
  });

  it('gives no item of a stream that a handler of an earlier incarnation returns late', async () => {
    const run = await start();
    const { cell } = run;
    const answer = run.ask('streamLate').catch((error: unknown) => error);
    await run.settle();
    const resting = cell.rest(100);
    await run.pass(100);
    await resting;
    await cell.restart();
    cell.tell('goOn', undefined);
    await run.settle();
    expect(await answer).toMatchObject({ code: 'TROUPE_ACTOR_STOPPED' });
    expect(run.noted).toEqual([]);
    expect(await run.ask('state')).toBe('fresh');
  });
});
