// When a process counts as lagging or stopped, on a clock that a test moves: late answers are seen, and taken back when they come.
import { describe, expect, it } from '@jest/globals';
import { Pulse } from '../../src/system/pulse.ts';
import { StateStream } from '../../src/system/state-stream.ts';
import { manualClock } from '../manual-clock.ts';

function observed() {
  const clock = manualClock();
  const seen: (string | undefined)[] = [];
  const peer = { isStopped: false, asked: 0, read: [] as (() => void)[] };
  const pulse: Pulse = new Pulse({
    clock,
    everyMs: 1000,
    lateAfterMs: 500,
    ask: () => void (peer.asked += 1),
    isStopped: () => peer.isStopped,
    afterReading: (callback) => void peer.read.push(callback),
    changed: () => void seen.push(pulse.state),
  });
  /** This process has read what came. */
  const read = (): void => peer.read.splice(0).forEach((callback) => callback());
  return { clock, pulse, peer, seen, read };
}

describe('a pulse', () => {
  it('asks nothing before it is begun, and then once at a time', () => {
    const { clock, pulse, peer } = observed();
    clock.advance(10_000);
    expect([peer.asked, clock.pending]).toEqual([0, 0]);
    pulse.begin();
    pulse.begin();
    expect(peer.asked).toBe(1);
    clock.advance(400);
    pulse.answered();
    clock.advance(599);
    expect(peer.asked).toBe(1);
    clock.advance(1);
    expect(peer.asked).toBe(2);
    clock.advance(60_000);
    expect(peer.asked).toBe(2);
  });

  it('counts as lagging when an answer is late, until it comes, and asks again then', () => {
    const { clock, pulse, peer, seen, read } = observed();
    pulse.begin();
    clock.advance(500);
    expect(seen).toEqual([]);
    read();
    expect(seen).toEqual(['lagging']);
    pulse.answered();
    expect(seen).toEqual(['lagging', undefined]);
    clock.advance(500);
    expect(peer.asked).toBe(2);
  });

  it('is not late when this process was too busy to read the answer', () => {
    const { clock, pulse, seen, read } = observed();
    pulse.begin();
    clock.advance(5000);
    pulse.answered();
    read();
    expect(seen).toEqual([]);
  });

  it('tells a process that is stopped from one that is busy, and sees when that changes', () => {
    const { clock, pulse, peer, seen, read } = observed();
    peer.isStopped = true;
    pulse.begin();
    clock.advance(500);
    read();
    peer.isStopped = false;
    clock.advance(1000);
    pulse.look();
    pulse.answered();
    expect(seen).toEqual(['stopped', 'lagging', undefined]);
  });

  it('leaves no timer when it is closed', () => {
    const { clock, pulse, peer, seen, read } = observed();
    pulse.begin();
    clock.advance(500);
    pulse.close();
    read();
    pulse.answered();
    pulse.begin();
    expect([clock.pending, peer.asked, seen]).toEqual([0, 1, []]);
  });
});

describe('a stream of states', () => {
  it('gives what came while nobody read, waits for more, and ends', async () => {
    const stream = new StateStream('starting', () => undefined);
    stream.push('ready');
    const read: string[] = [];
    const over = (async () => {
      for await (const state of stream) read.push(state);
    })();
    await Promise.resolve();
    stream.push('draining');
    stream.push('exited');
    stream.end();
    await over;
    expect(read).toEqual(['starting', 'ready', 'draining', 'exited']);
  });

  it('gives each of those who wait at once a state, in the order they asked, and the end to the rest', async () => {
    const stream = new StateStream('starting', () => undefined);
    await stream.next();
    const asked = [stream.next(), stream.next(), stream.next()];
    stream.push('ready');
    stream.push('draining');
    stream.end();
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: 'ready' },
      { done: false, value: 'draining' },
      { done: true, value: undefined },
    ]);
  });

  it('gives a state to whoever asked first, though another asks too', async () => {
    const stream = new StateStream('starting', () => undefined);
    await stream.next();
    const [first, second] = [stream.next(), stream.next()];
    stream.push('ready');
    expect(await first).toEqual({ done: false, value: 'ready' });
    stream.push('draining');
    expect(await second).toEqual({ done: false, value: 'draining' });
  });

  it('forgets the oldest for a reader that is far behind, and says when its reader goes', async () => {
    let hasLeft = false;
    const stream = new StateStream('starting', () => (hasLeft = true));
    for (let turn = 0; turn < 100; turn += 1) stream.push(turn % 2 === 0 ? 'lagging' : 'ready');
    let count = 0;
    for await (const _state of stream) {
      count += 1;
      if (count === 64) break;
    }
    expect([count, hasLeft, await stream.next()]).toEqual([64, true, { done: true, value: undefined }]);
  });
});
