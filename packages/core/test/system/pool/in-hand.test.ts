// What a member of a pool whose members take from one queue does with the message it has in hand: it forwards it or puts it aside,
// and takes the next; who waits gets one answer, from whoever gives it in the end.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ActorRef, AnyRef, UntypedRef } from '../../../src/actor/actor-ref.ts';
import { defineActor } from '../../../src/actor/define-actor.ts';
import type { Protocol } from '../../../src/actor/protocol.ts';
import type { Asker } from '../../../src/actor/asker.ts';
import { NO_DEADLINE } from '../../../src/actor/deadline.ts';
import { inHand } from '../../../src/system/pool/in-hand.ts';
import { createTestSystem } from '../../../src/testing/create-test-system.ts';
import type { TestSystem } from '../../../src/testing/test-system.ts';

const Back = defineActor(import.meta.url, {
  handlers: {
    work: (_state, job: string) => `worked at ${job}`,
    async *items(_state, count: number) {
      for (let item = 0; item < count; item += 1) yield item;
    },
    ask: (_state, { to, type }: { to: AnyRef; type: string }) => (to as UntypedRef).ask(type, 'home'),
  },
});

const gaveUp: boolean[] = [];

const Desk = defineActor(import.meta.url, {
  init: (_context, back: ActorRef<Protocol>) => ({ back, isOpen: false }),
  handlers: {
    work: ({ back }, job: string, context) => context.forward(back, 'work', job),
    workLater: async ({ back }, job: string, context) => {
      await Promise.resolve();
      return context.forward(back, 'work', job);
    },
    items: ({ back }, count: number, context) => context.forward(back, 'items', count),
    fail: ({ back }, job: string, context) => {
      context.forward(back, 'work', job);
      throw new Error('after it was forwarded');
    },
    twice: ({ back }, job: string, context) => {
      context.forward(back, 'work', job);
      return context.forward(back, 'work', 'nothing');
    },
    keep: async ({ back }, _nothing: unknown, context) => {
      const { signal } = context;
      expect(() => context.forward(back, 'work', (() => 'no value') as never)).toThrow('cannot');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      gaveUp.push(signal.aborted);
    },
    enter: (state, name: string, context) => (state.isOpen ? `welcome ${name}` : context.stash()),
    enterAndFail: (_state, _name: string, context) => {
      context.stash();
      throw new Error('after it was put aside');
    },
    open: (state, _nothing: undefined, context) => {
      state.isOpen = true;
      context.unstash();
      return 'open';
    },
  },
});

const systems: TestSystem[] = [];

async function open(members = 1, where?: 'process') {
  const system = await createTestSystem({ seed: 7, logLevel: 'silent' });
  systems.push(system);
  const back = await system.spawn(Back, where && { in: where });
  const pool = await system.spawnPool(Desk, { in: { actors: members }, router: 'pull', args: back });
  return { system, back, pool };
}

async function itemsOf(stream: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

afterEach(async () => {
  for (const system of systems.splice(0)) await system.stop();
});

describe('a message that a member of a pull pool forwards', () => {
  it.each(['work', 'workLater', 'twice', 'fail'] as const)(
    'is answered by the other actor: %s',
    async (type) => {
      const { system, pool } = await open();
      expect(await system.until(pool.ask(type, 'home'))).toBe('worked at home');
    },
  );

  it('is answered so to an asker in another process, too', async () => {
    const { system, pool } = await open();
    const elsewhere = await system.spawn(Back, { in: 'process' });
    for (const type of ['work', 'workLater'])
      expect(await elsewhere.ask('ask', { to: pool, type })).toBe('worked at home');
  });

  it('is a stream of the other actor for one who waits for that', async () => {
    const { system, pool } = await open();
    const stream = (pool as UntypedRef).stream('items', 3);
    expect(await system.until(itemsOf(stream))).toEqual([0, 1, 2]);
  });

  it('stays with the member when it cannot go', async () => {
    const { system, pool } = await open(1, 'process');
    gaveUp.length = 0;
    const kept = pool.ask('keep', undefined, { timeout: 700 });
    kept.catch(() => undefined);
    await system.advance(700);
    await expect(kept).rejects.toMatchObject({ code: 'TROUPE_ASK_TIMEOUT' });
    expect(gaveUp).toEqual([true]);
    expect(await system.until(pool.ask('work', 'home'))).toBe('worked at home');
  });
});

describe('a message that a member of a pull pool puts aside', () => {
  it('lets the member take the next, and is answered when its turn has come again', async () => {
    const { system, pool } = await open();
    const entered = Promise.all(['a', 'b'].map((name) => pool.ask('enter', name)));
    expect(await system.until(pool.ask('open'))).toBe('open');
    expect(await system.until(entered)).toEqual(['welcome a', 'welcome b']);
    expect(await system.until(pool.ask('work', 'home'))).toBe('worked at home');
  });

  it('is refused with the error of a handler that failed after that', async () => {
    const { system, pool } = await open(2);
    await expect(pool.ask('enterAndFail', 'a')).rejects.toThrow('after it was put aside');
    expect(await system.until(pool.ask('work', 'home'))).toBe('worked at home');
  });
});

describe('an asker in hand', () => {
  const asker = (): Asker & { readonly answers: unknown[] } => {
    const answers: unknown[] = [];
    return {
      answers,
      wants: 'answer',
      abandoned: false,
      deadline: NO_DEADLINE,
      onAbandon: undefined,
      resolve: (value) => answers.push(value),
      reject: (error) => answers.push(error),
    };
  };

  it('says once that the member has done, and nobody hears of it any more when it was handed on', () => {
    let count = 0;
    const real = asker();
    const held = inHand(real, () => (count += 1));
    const heirs: (Asker | undefined)[] = [];
    const failure = new TypeError('it cannot travel');
    expect(() =>
      held.handOn?.(() => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(count).toBe(0);
    held.handOn?.((heir) => heirs.push(heir));
    held.handOn?.((heir) => heirs.push(heir));
    held.resolve('late');
    held.reject(new Error('late'));
    expect(heirs).toEqual([real, undefined]);
    expect(real.answers).toEqual([]);
    expect(count).toBe(1);
  });
});
