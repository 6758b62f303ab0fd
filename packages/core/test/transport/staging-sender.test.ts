// What all sending ends that stage have alike, over a kernel object that takes as much as the test says.
import { describe, expect, it } from '@jest/globals';
import { RECORD_LENGTH_BYTES, StagingSender } from '../../src/transport/staging-sender.ts';

const STAGING_BYTES = 1024;
const PIECE_BYTES = 256;
const FRONT_BYTES = 16;

class Outlet extends StagingSender {
  readonly pieces: string[] = [];
  readonly ends: Error[] = [];
  roomBytes = Infinity;
  fault: Error | undefined;
  blocked: boolean[] = [];
  frees = 0;
  onBlock: () => void = () => {};

  constructor() {
    const ends: Error[] = [];
    super({
      lane: 'a lane',
      stagingBytes: STAGING_BYTES,
      frontBytes: FRONT_BYTES,
      pieceBytes: PIECE_BYTES,
      refusal: 'it takes nothing more',
      onEnd: (error) => ends.push(error),
    });
    this.ends = ends;
  }

  put(text: string): boolean {
    const offset = this.claim(text.length);
    if (offset < 0) return false;
    expect(this.room).toBeGreaterThanOrEqual(text.length);
    this.memory.write(text, offset, 'latin1');
    this.commit(text.length);
    return true;
  }

  makeRoom(bytes: number): void {
    this.roomBytes = bytes;
    this.flush();
  }

  protected sendWaiting(leastBytes: number): boolean {
    if (this.fault !== undefined) throw this.fault;
    while (this.waitingEnd - this.waitingStart >= leastBytes) {
      expect(this.waitingStart).toBeGreaterThanOrEqual(FRONT_BYTES);
      const bytes = Math.min(PIECE_BYTES, this.waitingEnd - this.waitingStart, this.roomBytes);
      if (bytes === 0) return false;
      this.pieces.push(this.memory.toString('latin1', this.waitingStart, this.waitingStart + bytes));
      this.roomBytes -= bytes;
      this.taken(bytes);
    }
    return true;
  }

  protected setBlocked(isBlocked: boolean): void {
    this.blocked.push(isBlocked);
  }

  protected block(): void {
    this.onBlock();
  }

  protected free(): void {
    this.frees += 1;
  }
}

function record(text: string): string {
  const length = Buffer.alloc(RECORD_LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return length.toString('latin1') + text;
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('what is committed', () => {
  it('waits until the turn ends, and goes in one piece', async () => {
    const outlet = new Outlet();
    outlet.put('one');
    outlet.put('two');
    expect(outlet.pieces).toEqual([]);
    await nextTick();
    expect(outlet.pieces).toEqual([record('one') + record('two')]);
  });

  it('goes at once in full pieces, and the rest when the turn ends', async () => {
    const outlet = new Outlet();
    outlet.put('a'.repeat(300));
    expect(outlet.pieces.map((piece) => piece.length)).toEqual([PIECE_BYTES]);
    await nextTick();
    expect(outlet.pieces.join('')).toBe(record('a'.repeat(300)));
  });

  it('stays where the kernel takes no more, in order, and is told when it may wait and when not', async () => {
    const outlet = new Outlet();
    outlet.roomBytes = 5;
    outlet.put('first');
    outlet.put('second');
    await nextTick();
    expect(outlet.blocked).toEqual([true]);
    outlet.makeRoom(Infinity);
    expect(outlet.blocked).toEqual([true, false]);
    expect(outlet.pieces.join('')).toBe(record('first') + record('second'));
  });
});

describe('a claim', () => {
  it('is refused when the memory is full, and waits until half of it is free', async () => {
    const outlet = new Outlet();
    outlet.roomBytes = 0;
    let frames = 0;
    while (outlet.put('x'.repeat(96))) frames += 1;
    expect(frames).toBe(Math.floor(STAGING_BYTES / (96 + RECORD_LENGTH_BYTES)));
    let isDrained = false;
    const drained = outlet.drained().then(() => (isDrained = true));
    outlet.makeRoom(100);
    await nextTurn();
    expect(isDrained).toBe(false);
    outlet.makeRoom(Infinity);
    await drained;
    expect(outlet.put('x'.repeat(96))).toBe(true);
  });

  it('finds the room in front of what waits', () => {
    const outlet = new Outlet();
    outlet.roomBytes = 0;
    const texts = Array.from({ length: 10 }, (_, index) => String(index).repeat(96));
    for (const text of texts) expect(outlet.put(text)).toBe(true);
    expect(outlet.put('y'.repeat(96))).toBe(false);
    outlet.makeRoom(500);
    expect(outlet.put('z'.repeat(96))).toBe(true);
    outlet.makeRoom(Infinity);
    expect(outlet.pieces.join('')).toBe([...texts, 'z'.repeat(96)].map(record).join(''));
  });
});

describe('the end', () => {
  it('is told once, later, and frees everything at once', async () => {
    const outlet = new Outlet();
    outlet.put('lost');
    outlet.fault = new Error('EPIPE');
    await nextTick();
    expect(outlet.frees).toBe(1);
    expect(outlet.claim(1)).toBe(-1);
    expect(outlet.ends).toEqual([]);
    const drained = outlet.drained();
    await nextTurn();
    await drained;
    expect(outlet.ends).toEqual([
      expect.objectContaining({
        code: 'TROUPE_PEER_LOST',
        message: expect.stringContaining('a lane is gone: it takes nothing more'),
        cause: outlet.fault,
      }),
    ]);
    await outlet.close(10);
    expect(outlet.frees).toBe(1);
  });

  it('is not told after close', async () => {
    const outlet = new Outlet();
    outlet.roomBytes = 0;
    outlet.put('lost');
    const closed = outlet.close(30_000);
    outlet.fault = new Error('EPIPE');
    outlet.makeRoom(0);
    await closed;
    await nextTurn();
    expect([outlet.ends, outlet.frees]).toEqual([[], 1]);
  });
});

describe('close', () => {
  it('hands over what waits, then frees everything, once', async () => {
    const outlet = new Outlet();
    outlet.roomBytes = 3;
    outlet.put('late');
    const closed = outlet.close(30_000);
    expect(outlet.close(30_000)).toBe(closed);
    await nextTurn();
    expect(outlet.frees).toBe(0);
    outlet.makeRoom(Infinity);
    await closed;
    expect(outlet.pieces.join('')).toBe(record('late'));
    expect([outlet.frees, outlet.claim(1)]).toEqual([1, -1]);
  });

  it('gives up when its time is over', async () => {
    const outlet = new Outlet();
    outlet.roomBytes = 0;
    outlet.put('never');
    const refused = outlet.claim(STAGING_BYTES);
    expect(refused).toBe(-1);
    const drained = outlet.drained();
    // A timer of its own keeps no process alive.
    const alive = setInterval(() => {}, 1000);
    await outlet.close(10);
    clearInterval(alive);
    await drained;
    expect(outlet.frees).toBe(1);
  });
});

describe('flushBlocking', () => {
  it('blocks until the kernel has everything', () => {
    const outlet = new Outlet();
    outlet.roomBytes = 0;
    outlet.put('now');
    let blocks = 0;
    outlet.onBlock = () => {
      blocks += 1;
      outlet.roomBytes = 4;
    };
    outlet.flushBlocking(30_000);
    expect(outlet.pieces.join('')).toBe(record('now'));
    expect(blocks).toBe(2);
  });

  it('returns when its time is over', () => {
    const outlet = new Outlet();
    outlet.roomBytes = 0;
    outlet.put('never');
    outlet.flushBlocking(5);
    expect(outlet.pieces).toEqual([]);
  });
});
