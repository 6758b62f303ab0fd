// Who waits for an actor that was stopped, and which end it is that they hear of.
import { describe, expect, it } from '@jest/globals';
import { EndWaiters } from '../../src/actor/end-waiters.ts';

function listen(waiters: EndWaiters, woken: string[], name: string): void {
  void waiters.wait().then(() => woken.push(name));
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

describe('those who wait for the end of an actor', () => {
  it('are woken when it has ended', async () => {
    const waiters = new EndWaiters();
    const woken: string[] = [];
    listen(waiters, woken, 'first');
    listen(waiters, woken, 'second');
    await turn();
    expect(woken).toEqual([]);
    waiters.wake();
    await turn();
    expect(woken).toEqual(['first', 'second']);
  });

  it('are woken when it is at rest and stays, but for those who came to wait since it was started again', async () => {
    const waiters = new EndWaiters();
    const woken: string[] = [];
    listen(waiters, woken, 'of the first stop');
    const stays = waiters.settle(() => {
      listen(waiters, woken, 'of the next');
      return true;
    });
    expect(stays).toBe(true);
    await turn();
    expect(woken).toEqual(['of the first stop']);
    waiters.wake();
    await turn();
    expect(woken).toEqual(['of the first stop', 'of the next']);
  });

  it('go on waiting when it is at rest and does not stay', async () => {
    const waiters = new EndWaiters();
    const woken: string[] = [];
    listen(waiters, woken, 'first');
    expect(waiters.settle(() => false)).toBe(false);
    await turn();
    expect(woken).toEqual([]);
    waiters.wake();
    await turn();
    expect(woken).toEqual(['first']);
  });
});
