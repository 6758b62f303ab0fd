// Which handlers count in which mode, and when an actor is idle.
import { describe, expect, it } from '@jest/globals';
import type { Context } from '../../src/actor/behavior.ts';
import { defineActor } from '../../src/actor/define-actor.ts';
import { loneCell, type LoneCell } from './lone-cell.ts';

const Door = defineActor(import.meta.url, {
  init: () => ({ code: '' }),
  handlers: {
    lock: (state, code: string, context) => {
      state.code = code;
      context.become('locked');
    },
    enter: () => 'welcome',
    ring: () => 'dong',
    become: (_state, mode: string | undefined, context) => context.become(mode),
    later: (_state, _nothing: undefined, context) => context.timers.after('a', 10, 'unlock', ''),
    fail: () => {
      throw new Error('as told');
    },
  },
  modes: {
    locked: {
      enter: () => 'locked',
      unlock: (state, code: string, context) => {
        if (code === state.code) context.become();
      },
    },
  },
});

describe('a mode', () => {
  it('has its own handlers, and those outside all modes for what it has none', async () => {
    const { ask } = await loneCell(Door as never);
    expect(await ask('enter')).toBe('welcome');
    await ask('lock', '1234');
    expect(await ask('enter')).toBe('locked');
    expect(await ask('ring')).toBe('dong');
    await ask('unlock', '4321');
    expect(await ask('enter')).toBe('locked');
    await ask('unlock', '1234');
    expect(await ask('enter')).toBe('welcome');
  });

  it('is the only one in which what it alone has a handler for is handled', async () => {
    const { ask, deadLetters } = await loneCell(Door as never);
    await expect(ask('unlock', '')).rejects.toMatchObject({ code: 'TROUPE_NO_HANDLER' });
    expect(deadLetters).toEqual(['no-handler unlock']);
    // A timer may be set for it in another mode.
    await expect(ask('later')).resolves.toBeUndefined();
  });

  it('ends with a restart', async () => {
    const actor = await loneCell(Door as never);
    await actor.ask('lock', '1234');
    await expect(actor.ask('fail')).rejects.toThrow('as told');
    await actor.cell.restart();
    expect(await actor.ask('enter')).toBe('welcome');
  });

  it('may be the first, when init chooses it', async () => {
    const Opening = defineActor(import.meta.url, {
      init: (context) => context.become('opening'),
      handlers: { enter: () => 'welcome' },
      modes: { opening: { enter: () => 'not yet' } },
    });
    const actor = await loneCell(Opening as never);
    expect(await actor.ask('enter')).toBe('not yet');
  });

  it('that the definition does not have is refused', async () => {
    const actor = await loneCell(Door as never);
    await expect(actor.ask('become', 'loked')).rejects.toThrow("Did you mean 'locked'?");
    await actor.cell.restart();
    await expect(actor.ask('become', 'constructor')).rejects.toThrow(TypeError);
  });
});

describe('an idle timeout', () => {
  async function start(): Promise<LoneCell & { readonly idleAtMs: number[] }> {
    const idleAtMs: number[] = [];
    const Sleeper = defineActor(import.meta.url, {
      init: () => ({ now: (): number => actor.clock.now() }),
      idleTimeout: '1s',
      onIdle: (state) => void idleAtMs.push(state.now()),
      handlers: {
        hello: () => 'hello',
        other: (_state, _nothing: undefined, context: Context) => context.become('quiet'),
        slowly: async (_state, gate: Promise<void>) => gate,
        fail: () => {
          throw new Error('as told');
        },
      },
      modes: { quiet: { hello: () => '...' } },
    });
    const actor = await loneCell(Sleeper as never);
    return { ...actor, idleAtMs };
  }

  it('is over once no message came for that long, and again after another message', async () => {
    const { ask, pass, idleAtMs, clock } = await start();
    await pass(900);
    await ask('hello');
    await pass(999);
    expect(idleAtMs).toEqual([]);
    await pass(1);
    expect(idleAtMs).toEqual([1900]);
    await pass(10_000);
    expect(idleAtMs).toEqual([1900]);
    expect(clock.pending).toBe(0);
    await ask('hello');
    await pass(1000);
    expect(idleAtMs).toEqual([1900, 12_900]);
  });

  it('is not over while a handler has not returned, and counts from its end', async () => {
    const actor = await start();
    let open = (): void => undefined;
    actor.cell.tell('slowly', new Promise<void>((resolve) => (open = resolve)));
    await actor.settle();
    await actor.pass(5000);
    open();
    await actor.settle();
    await actor.pass(999);
    expect(actor.idleAtMs).toEqual([]);
    await actor.pass(1);
    expect(actor.idleAtMs).toEqual([6000]);
  });

  it('is not over when a message stands before the notice', async () => {
    const actor = await start();
    await actor.settle();
    actor.cell.tell('hello', undefined);
    // Both in one turn: the message has not been handled yet.
    await actor.pass(1000);
    expect(actor.idleAtMs).toEqual([]);
    await actor.pass(1000);
    expect(actor.idleAtMs).toEqual([2000]);
  });

  it('counts in every mode, anew after a restart, and not after the end', async () => {
    const actor = await start();
    await actor.ask('other');
    await actor.pass(600);
    expect(await actor.ask('hello')).toBe('...');
    await actor.pass(600);
    await expect(actor.ask('fail')).rejects.toThrow();
    await actor.pass(5000);
    await actor.cell.restart();
    await actor.pass(999);
    expect(actor.idleAtMs).toEqual([]);
    await actor.pass(1);
    expect(actor.idleAtMs).toEqual([7200]);
    await actor.ask('hello');
    await actor.cell.stop(undefined, true);
    expect(actor.clock.pending).toBe(0);
  });

  it('needs its callback, and a time', () => {
    const handlers = {};
    const onIdle = (): void => undefined;
    expect(() => defineActor(import.meta.url, { handlers, idleTimeout: '1s' })).toThrow('need each other');
    expect(() => defineActor(import.meta.url, { handlers, onIdle })).toThrow('need each other');
    expect(() => defineActor(import.meta.url, { handlers, onIdle, idleTimeout: '1 day' })).toThrow("'30s'");
  });
});
