// Watches: that they fire, rest, notice every end, and are not lost.
import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { closeDescriptor, readDescriptor, writeDescriptor } from '../src/descriptor.ts';
import { createFifo, openFifoForReading, openFifoForWriting } from '../src/fifo.ts';
import { makePipe } from '../src/pipe.ts';
import {
  watchDescriptor,
  type DescriptorEvents,
  type DescriptorInterest,
  type DescriptorWatch,
} from '../src/poll.ts';
import { acceptUnix, connectUnix, listenUnix, shutdownWrite } from '../src/unix-socket.ts';

const open = new Set<number>();
const watches = new Set<DescriptorWatch>();
const directories: string[] = [];

afterEach(() => {
  for (const watch of watches) watch.close();
  watches.clear();
  for (const fd of open) closeDescriptor(fd);
  open.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

describe('a watch', () => {
  it('tells that a pipe can be read, for as long as it can', async () => {
    const { readEnd, writeEnd } = pipe();
    const seen = observe(readEnd, { readable: true }, (events) => {
      expect(events).toEqual({ readable: true, writable: false, hangup: false });
      readDescriptor(readEnd, Buffer.alloc(1), 0, 1);
    });
    writeDescriptor(writeEnd, Buffer.from('abc'), 0, 3);
    await seen.atLeast(3);
    await turns(20);
    expect(seen.events).toHaveLength(3);
  });

  it('tells that a full pipe has room again', async () => {
    const { readEnd, writeEnd } = pipe();
    const chunk = Buffer.alloc(65_536);
    while (writeDescriptor(writeEnd, chunk, 0, chunk.length) !== -1);
    const seen = observe(writeEnd, { writable: true });
    await turns(20);
    expect(seen.events).toEqual([]);
    readDescriptor(readEnd, chunk, 0, chunk.length);
    await seen.atLeast(1);
    expect(seen.events[0]).toEqual({ readable: false, writable: true, hangup: false });
  });

  it('watches for nothing until it is told to, and rests and resumes when it is', async () => {
    const { readEnd, writeEnd } = pipe();
    const seen = observe(readEnd, {}, () => {
      seen.watch.update({});
    });
    writeDescriptor(writeEnd, Buffer.from('abc'), 0, 3);
    await turns(20);
    expect(seen.events).toHaveLength(0);
    seen.watch.update({ readable: true });
    await seen.atLeast(1);
    await turns(20);
    expect(seen.events).toHaveLength(1);
    seen.watch.update({ readable: true });
    await seen.atLeast(2);
  });

  it('watches both directions of a socket at once', async () => {
    const { client, server } = connection();
    writeDescriptor(server, Buffer.from('x'), 0, 1);
    const seen = observe(client, { readable: true, writable: true });
    await seen.atLeast(1);
    expect(seen.events[0]).toEqual({ readable: true, writable: true, hangup: false });
  });

  it('closes inside its callback, twice as well as once, and its descriptor right after', async () => {
    const { readEnd, writeEnd } = pipe();
    const seen = observe(readEnd, { readable: true }, () => {
      seen.watch.close();
      seen.watch.close();
      close(readEnd);
    });
    writeDescriptor(writeEnd, Buffer.from('x'), 0, 1);
    await seen.atLeast(1);
    seen.watch.update({ readable: true });
    seen.watch.ref();
    seen.watch.unref();
    await turns(20);
    expect(seen.events).toHaveLength(1);
  });

  it('leaves the number of a closed descriptor to the next one', async () => {
    const first = pipe();
    observe(first.readEnd, { readable: true }).watch.close();
    close(first.readEnd);
    close(first.writeEnd);
    const second = pipe();
    expect(second.readEnd).toBe(first.readEnd);
    const seen = observe(second.readEnd, { readable: true });
    writeDescriptor(second.writeEnd, Buffer.from('x'), 0, 1);
    await seen.atLeast(1);
  });

  it('runs the promises its callback started before it waits again', async () => {
    const { readEnd, writeEnd } = pipe();
    const order: string[] = [];
    const seen = observe(readEnd, { readable: true }, () => {
      readDescriptor(readEnd, Buffer.alloc(1), 0, 1);
      order.push('callback');
      void Promise.resolve().then(() => order.push('promise'));
      process.nextTick(() => order.push('tick'));
      // In the check phase of this very turn; a second immediate is ordered behind the ticks of the first.
      setImmediate(() => order.push('next phase'));
    });
    writeDescriptor(writeEnd, Buffer.from('x'), 0, 1);
    await seen.atLeast(1);
    await turns(3);
    expect(order).toHaveLength(4);
    expect(order.indexOf('next phase')).toBe(3);
  });

  it('survives the garbage collector, though nobody keeps it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { readEnd, writeEnd } = pipe();
    const calls: DescriptorEvents[] = [];
    let fired = (): void => {};
    const first = new Promise<void>((resolve) => (fired = resolve));
    (() => {
      const watch = watchDescriptor(readEnd, (events) => {
        calls.push(events);
        watches.add(watch);
        watch.update({});
        fired();
      });
      watch.update({ readable: true });
    })();
    for (let round = 0; round < 10; round++) {
      Array.from({ length: 10_000 }, (_, index) => ({ index, text: `${index}` }));
      collect();
      await turns(2);
    }
    writeDescriptor(writeEnd, Buffer.from('x'), 0, 1);
    await first;
    expect(calls).toHaveLength(1);
  });
});

describe('the end of the other side', () => {
  const ended = { readable: true, writable: false, hangup: true };

  it('is told to the reader of a pipe after its bytes, once', async () => {
    const { readEnd, writeEnd } = pipe();
    const results: number[] = [];
    const seen = observe(readEnd, { readable: true }, () => {
      results.push(readDescriptor(readEnd, Buffer.alloc(2), 0, 2));
    });
    writeDescriptor(writeEnd, Buffer.from('abc'), 0, 3);
    close(writeEnd);
    await seen.atLeast(3);
    await turns(20);
    expect(results).toEqual([2, 1, 0]);
    expect(seen.events.at(-1)).toEqual(ended);
  });

  it('is told again to a reader that asks again', async () => {
    const { readEnd, writeEnd } = pipe();
    close(writeEnd);
    const seen = observe(readEnd, { readable: true });
    await seen.atLeast(1);
    await turns(20);
    expect(seen.events).toEqual([ended]);
    seen.watch.update({ readable: true });
    await seen.atLeast(2);
    expect(seen.events).toEqual([ended, ended]);
  });

  it('is told to the writer of a pipe, once, also while the pipe is full', async () => {
    const { readEnd, writeEnd } = pipe();
    const chunk = Buffer.alloc(65_536);
    while (writeDescriptor(writeEnd, chunk, 0, chunk.length) !== -1);
    const seen = observe(writeEnd, { writable: true });
    close(readEnd);
    await seen.atLeast(1);
    await turns(20);
    expect(seen.events).toEqual([{ readable: false, writable: true, hangup: true }]);
  });

  it('is told again to a writer that asks again', async () => {
    const { readEnd, writeEnd } = pipe();
    close(readEnd);
    const seen = observe(writeEnd, { writable: true });
    await seen.atLeast(1);
    seen.watch.update({ writable: true });
    await seen.atLeast(2);
    expect(seen.events[1]).toEqual({ readable: false, writable: true, hangup: true });
  });

  it('is told to a writer that has nothing to write and watches for nothing else', async () => {
    const { readEnd, writeEnd } = pipe();
    const seen = observe(writeEnd, { hangup: true });
    await turns(20);
    expect(seen.events).toEqual([]);
    close(readEnd);
    await seen.atLeast(1);
    await turns(20);
    expect(seen.events).toEqual([{ readable: false, writable: false, hangup: true }]);
  });

  it('is told to a reader that watches for nothing else, though bytes are left', async () => {
    const { readEnd, writeEnd } = pipe();
    const seen = observe(readEnd, { hangup: true });
    writeDescriptor(writeEnd, Buffer.from('abc'), 0, 3);
    await turns(20);
    expect(seen.events).toEqual([]);
    close(writeEnd);
    await seen.atLeast(1);
    await turns(20);
    expect(seen.events).toEqual([{ readable: false, writable: false, hangup: true }]);
    expect(readDescriptor(readEnd, Buffer.alloc(8), 0, 8)).toBe(3);
  });

  it('of a FIFO is told once a writer came and went, not before', async () => {
    const path = join(directory(), 'lane');
    createFifo(path);
    const reader = keep(openFifoForReading(path));
    const seen = observe(reader, { readable: true }, () => {
      if (readDescriptor(reader, Buffer.alloc(8), 0, 8) === 0) seen.watch.update({});
    });
    await turns(20);
    expect(seen.events).toEqual([]);
    const writer = keep(openFifoForWriting(path));
    await turns(20);
    expect(seen.events).toEqual([]);
    close(writer);
    await seen.atLeast(1);
    expect(seen.events).toEqual([ended]);
  });

  it('of a FIFO is over when another writer comes', async () => {
    const path = join(directory(), 'lane');
    createFifo(path);
    const reader = keep(openFifoForReading(path));
    close(keep(openFifoForWriting(path)));
    const seen = observe(reader, { readable: true }, () => readDescriptor(reader, Buffer.alloc(8), 0, 8));
    await seen.atLeast(1);
    const writer = keep(openFifoForWriting(path));
    seen.watch.update({ readable: true });
    writeDescriptor(writer, Buffer.from('x'), 0, 1);
    await seen.atLeast(2);
    close(writer);
    await seen.atLeast(3);
    expect(seen.events).toEqual([ended, { readable: true, writable: false, hangup: false }, ended]);
  });

  it('of a socket is told after the bytes, whether the peer closed or only shut down', async () => {
    for (const end of [close, shutdownWrite]) {
      const { client, server } = connection();
      const results: number[] = [];
      const seen = observe(client, { readable: true }, () => {
        results.push(readDescriptor(client, Buffer.alloc(2), 0, 2));
      });
      writeDescriptor(server, Buffer.from('abc'), 0, 3);
      end(server);
      await seen.atLeast(3);
      await turns(20);
      expect(results).toEqual([2, 1, 0]);
      expect(seen.events.at(-1)).toEqual(ended);
      seen.watch.close();
    }
  });

  it('of one direction of a socket leaves the other one watched', async () => {
    const { client, server } = connection();
    shutdownWrite(server);
    const chunk = Buffer.alloc(65_536);
    while (writeDescriptor(client, chunk, 0, chunk.length) !== -1);
    const seen = observe(client, { readable: true, writable: true });
    await seen.atLeast(1);
    await turns(20);
    expect(seen.events).toEqual([ended]);
    while (readDescriptor(server, chunk, 0, chunk.length) !== -1);
    await seen.atLeast(2);
    expect(seen.events[1]).toEqual({ readable: false, writable: true, hangup: true });
  });
});

describe('watchDescriptor', () => {
  it('refuses what the event loop cannot wait for', () => {
    const fds = [__filename, tmpdir(), '/dev/null'].map((path) => keep(openSync(path, 'r')));
    for (const fd of fds) {
      expect(() => watchDescriptor(fd, () => {})).toThrow(
        expect.objectContaining({ code: 'EPERM', syscall: 'epoll_ctl' }),
      );
    }
    expect(() => watchDescriptor(1_000_000, () => {})).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => watchDescriptor(-1, () => {})).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('refuses a second watch of one descriptor', () => {
    const { readEnd } = pipe();
    const { watch } = observe(readEnd, {});
    expect(() => watchDescriptor(readEnd, () => {})).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    watch.close();
    observe(readEnd, {});
  });
});

interface Observation {
  readonly watch: DescriptorWatch;
  readonly events: readonly DescriptorEvents[];
  atLeast(count: number): Promise<void>;
}

function observe(
  fd: number,
  interest: DescriptorInterest,
  react: (events: DescriptorEvents) => unknown = () => {},
): Observation {
  const events: DescriptorEvents[] = [];
  let look = (): void => {};
  const watch = watchDescriptor(fd, (event) => {
    events.push(event);
    react(event);
    look();
  });
  watches.add(watch);
  watch.update(interest);
  const atLeast = async (count: number): Promise<void> => {
    while (events.length < count) await new Promise<void>((resolve) => (look = resolve));
  };
  return { watch, events, atLeast };
}

/** Lets the event loop turn, so that what would come again has come. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

function pipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = makePipe();
  keep(ends.readEnd);
  keep(ends.writeEnd);
  return ends;
}

function connection(): { readonly client: number; readonly server: number } {
  const path = join(directory(), 'node.sock');
  const listener = keep(listenUnix(path));
  const client = keep(connectUnix(path));
  return { client, server: keep(acceptUnix(listener)) };
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'troupe-posix-'));
  directories.push(path);
  return path;
}

function keep(fd: number): number {
  open.add(fd);
  return fd;
}

function close(fd: number): void {
  open.delete(fd);
  closeDescriptor(fd);
}
