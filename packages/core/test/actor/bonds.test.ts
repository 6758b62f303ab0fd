// What the end of another actor means to one that watches it, is linked to it, or both.
import { expect, it } from '@jest/globals';
import { ADDRESS } from '../../src/address.ts';
import type { AnyRef } from '../../src/actor/actor-ref.ts';
import type { Down } from '../../src/actor/behavior.ts';
import { Bonds } from '../../src/actor/bonds.ts';
import type { EndReason } from '../../src/actor/end-reason.ts';

const ref = { [ADDRESS]: { node: 'a', actor: 1, label: 'one' } } as AnyRef;
const normal: EndReason = { kind: 'normal' };
const killed: EndReason = { kind: 'signal', name: 'SIGKILL' };

function bonds(trapsExit: boolean) {
  const happened: string[] = [];
  let tell: ((down: Down) => void) | undefined;
  const made = new Bonds({
    watch: (_ref, ended) => {
      happened.push('observe');
      tell = ended;
    },
    unwatch: () => happened.push('leave'),
    trapsExit,
    notify: ({ reason }) => happened.push(`notice ${reason.kind}`),
    fail: (reason) => happened.push(`fail ${reason.kind}`),
    linkOver: () => happened.push('link over'),
  });
  const end = (reason: EndReason): void => tell?.({ ref, reason, lost: 0 });
  return { made, happened, end };
}

it.each([
  ['who watches is told', { watch: true, link: false, traps: false }, killed, ['notice signal']],
  ['who is linked fails', { watch: false, link: true, traps: false }, killed, ['link over', 'fail signal']],
  ['who is linked outlives a normal end', { watch: false, link: true, traps: false }, normal, ['link over']],
  [
    'who traps exits is told',
    { watch: false, link: true, traps: true },
    killed,
    ['link over', 'notice signal'],
  ],
  [
    'who does both is told once',
    { watch: true, link: true, traps: true },
    normal,
    ['link over', 'notice normal'],
  ],
] as const)('%s', (_name, { watch, link, traps }, reason, expected) => {
  const { made, happened, end } = bonds(traps);
  for (const _twice of [0, 1]) {
    if (watch) made.watch(ref, true);
    if (link) made.link(ref, true);
  }
  end(reason);
  end(reason);
  expect(happened).toEqual(['observe', ...expected]);
});

it('one end of two bonds leaves the other, and no bond is left to an actor that has ended', () => {
  const { made, happened, end } = bonds(false);
  made.watch(ref, true);
  made.link(ref, true);
  made.link(ref, false);
  expect(happened).toEqual(['observe']);
  made.close();
  end(killed);
  expect(happened).toEqual(['observe', 'leave']);
});
