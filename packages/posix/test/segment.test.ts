// What the three kinds of shared memory have in common, and when a mapping goes.
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addressOf } from '../src/libc.ts';
import { createMemfdSegment, openMemfdSegment } from '../src/memfd-segment.ts';
import { createPosixSegment, openPosixSegment } from '../src/posix-segment.ts';
import type { CreatedSegment, Segment } from '../src/segment.ts';
import { createSysvSegment, openSysvSegment } from '../src/sysv-segment.ts';

const BYTES = 200_000;

const open = new Set<Segment>();

afterEach(() => {
  for (const segment of open) segment.close();
  open.clear();
});

interface Pair {
  readonly made: CreatedSegment;
  attach(): Segment;
}

const KINDS: readonly (readonly [string, (bytes: number) => Pair])[] = [
  [
    'memfd',
    (bytes) => {
      const made = keep(createMemfdSegment(bytes));
      return { made, attach: () => keep(openMemfdSegment(made.descriptor, bytes)) };
    },
  ],
  [
    'POSIX',
    (bytes) => {
      const made = keep(createPosixSegment(`/troupe-test-${randomUUID()}`, bytes));
      return { made, attach: () => keep(openPosixSegment(made.name, bytes)) };
    },
  ],
  [
    'System V',
    (bytes) => {
      const made = keep(createSysvSegment(bytes));
      return { made, attach: () => keep(openSysvSegment(made.id, bytes)) };
    },
  ],
];

describe.each(KINDS)('a %s segment', (_kind, create) => {
  it('is zeroed memory of the size asked for, the same at both sides', () => {
    const { made, attach } = create(BYTES);
    const attached = attach();
    expect([made.bytes, attached.bytes]).toEqual([BYTES, BYTES]);
    expect(new Uint8Array(made.buffer).every((byte) => byte === 0)).toBe(true);
    new Uint8Array(made.buffer).fill(7, BYTES - 1);
    expect(new Uint8Array(attached.buffer)[BYTES - 1]).toBe(7);
    Atomics.add(new Int32Array(attached.buffer, 64, 1), 0, 5);
    expect(Atomics.load(new Int32Array(made.buffer, 64, 1), 0)).toBe(5);
  });

  it('stays with those who attached when it is withdrawn and its maker closes it', () => {
    const { made, attach } = create(BYTES);
    const attached = attach();
    const bytes = new Uint8Array(made.buffer);
    made.withdraw();
    made.withdraw();
    made.close();
    made.close();
    bytes[0] = 9;
    expect(new Uint8Array(attached.buffer)[0]).toBe(9);
    expect(() => made.buffer).toThrow(TypeError);
  });

  it('leaves views readable after close, and its mapping goes when the last of them is collected', async () => {
    // In functions of their own: an async one keeps what its temporary values were while it waits.
    const { mapped, held } = (() => {
      const { made, attach } = create(BYTES);
      const attached = attach();
      const addresses = [made, attached].map(({ buffer }) => addressOf(new Uint8Array(buffer)));
      new Uint8Array(made.buffer).fill(3);
      const views = new Set([new Uint8Array(attached.buffer, 4096, 16)]);
      made.close();
      attached.close();
      return { mapped: addresses, held: views };
    })();
    expect(mapped.map(isMapped)).toEqual([true, true]);
    await collectUntil(() => !isMapped(mapped[0]!));
    // The view keeps the whole mapping, not only the part it shows.
    expect(isMapped(mapped[1]!)).toBe(true);
    (() => {
      for (const view of held) {
        expect(view.every((byte) => byte === 3)).toBe(true);
        expect(new Uint8Array(view.buffer)[BYTES - 1]).toBe(3);
      }
      held.clear();
    })();
    await collectUntil(() => !isMapped(mapped[1]!));
  });

  it('is refused at a size that is none', () => {
    for (const bytes of [0, -1, 1.5, NaN, 2 ** 60]) expect(() => create(bytes)).toThrow(RangeError);
  });

  it('is refused to whoever expects another size, with both sizes named', () => {
    const { attach } = create(BYTES);
    attach();
    const wrong = create(BYTES + 1);
    expect(() => reopen(wrong.made, BYTES)).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        message: expect.stringMatching(/200001 bytes, 200000 were/),
      }),
    );
  });
});

function reopen(made: CreatedSegment, bytes: number): Segment {
  if ('descriptor' in made) return openMemfdSegment(made.descriptor as number, bytes);
  if ('name' in made) return openPosixSegment(made.name as string, bytes);
  return openSysvSegment((made as CreatedSegment & { id: number }).id, bytes);
}

async function collectUntil(condition: () => boolean): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Finalizers run in a task of their own.
  for (let round = 0; !condition(); round++) {
    if (round === 200) throw new Error('The mapping is still there');
    collect();
    await delay(1);
  }
}

function isMapped(address: bigint): boolean {
  const line = new RegExp(`^0*${address.toString(16)}-.*(memfd:troupe|/dev/shm/troupe|/SYSV)`, 'm');
  return line.test(readFileSync('/proc/self/maps', 'utf8'));
}

function keep<S extends Segment>(segment: S): S {
  open.add(segment);
  return segment;
}
