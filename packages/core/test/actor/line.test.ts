// Two lanes in one line: what is urgent goes first, nothing changes places within its lane, and nobody waits for ever.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Line } from '../../src/actor/line.ts';

interface Entry {
  readonly number: number;
  readonly kind: 'urgent' | 'ordinary' | 'last';
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant('urgent' as const) },
    { weight: 2, arbitrary: fc.constant('ordinary' as const) },
    { weight: 1, arbitrary: fc.constant('last' as const) },
    { weight: 5, arbitrary: fc.constant('shift' as const) },
  ),
  { maxLength: 400, size: 'max' },
);

it('keeps the order of each lane, puts nothing before what it is to stay behind, and lets one by after 32 urgent ones', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const line = new Line<Entry>();
      let waiting: Entry[] = [];
      let number = 0;
      let inARow = 0;
      const take = (): void => {
        const first = line.first;
        const taken = line.shift();
        expect(taken).toBe(first);
        if (taken === undefined) {
          expect(waiting).toEqual([]);
          inARow = 0;
          return;
        }
        const sameLane = (each: Entry): boolean => (each.kind === 'urgent') === (taken.kind === 'urgent');
        expect(taken).toBe(waiting.find(sameLane));
        const earlierUrgent = (than: Entry): boolean =>
          waiting.some(({ kind, number: own }) => kind === 'urgent' && own < than.number);
        if (taken.kind === 'last') expect(earlierUrgent(taken)).toBe(false);
        if (taken.kind === 'urgent') {
          inARow += 1;
          const head = waiting.find(({ kind }) => kind !== 'urgent');
          const mayStay = head === undefined || (head.kind === 'last' && earlierUrgent(head));
          if (!mayStay) expect(inARow).toBeLessThanOrEqual(32);
          if (head === undefined) inARow = Math.min(inARow, 32);
        } else {
          if (waiting.some(({ kind }) => kind === 'urgent')) expect(inARow).toBeGreaterThanOrEqual(32);
          inARow = 0;
        }
        waiting = waiting.filter((each) => each !== taken);
        expect(line.length).toBe(waiting.length);
        expect(line.isEmpty).toBe(waiting.length === 0);
      };
      for (const step of sequence) {
        if (step === 'shift') take();
        else {
          const entry: Entry = { number, kind: step };
          number += 1;
          waiting.push(entry);
          if (step === 'urgent') line.pushUrgent(entry);
          else if (step === 'ordinary') line.push(entry);
          else line.pushBehindAll(entry);
        }
      }
      while (!line.isEmpty) take();
    }),
    { numRuns: 100 },
  );
});
