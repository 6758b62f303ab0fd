// What counts the messages of a mailbox says of its bounds; how mailboxes go by it is in mailbox.test.ts and overflow.test.ts.
import { describe, expect, it } from '@jest/globals';
import { Gauge } from '../../src/actor/gauge.ts';
import { DEFAULT_LIMITS } from '../../src/actor/mailbox-limits.ts';

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

function full(): Gauge {
  const gauge = new Gauge({ ...DEFAULT_LIMITS, capacity: 4 });
  for (let count = 0; count < 4; count += 1) gauge.add(0);
  return gauge;
}

describe('a mailbox that fills', () => {
  it('overflows once, and again after there was room', async () => {
    const gauge = full();
    expect([gauge.overflows(), gauge.overflows()]).toEqual([true, false]);
    gauge.remove(1, 0);
    await turn();
    // There is room once senders are called back: below three eighths.
    expect(gauge.overflows()).toBe(false);
    gauge.remove(2, 0);
    await turn();
    expect([gauge.overflows(), gauge.overflows()]).toEqual([true, false]);
  });

  it('overflows again after everybody who waited was woken', async () => {
    const gauge = full();
    expect(gauge.overflows()).toBe(true);
    gauge.release();
    await turn();
    expect(gauge.overflows()).toBe(true);
  });
});
