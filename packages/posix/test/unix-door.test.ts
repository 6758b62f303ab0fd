// A door for one process of this user: who is let in, who is not, and that its name goes whatever happens.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDescriptor, duplicateDescriptor } from '../src/descriptor.ts';
import { watchDescriptor } from '../src/poll.ts';
import { UnixDoor, enterUnixDoor } from '../src/unix-door.ts';
import { acceptUnix, connectUnix, listenUnix } from '../src/unix-socket.ts';

const WATCHDOG_MS = 30_000;

let directory = '';
let path = '';
let descriptorsBefore = 0;
const open = new Set<number>();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'troupe-door-'));
  path = join(directory, 'lane.sock');
  // What is opened once and kept is opened before counting.
  const warm = listenUnix(path);
  watchDescriptor(warm, () => {}).close();
  closeDescriptor(warm);
  rmSync(path);
  descriptorsBefore = readdirSync('/proc/self/fd').length;
});

afterEach(() => {
  for (const fd of open) closeDescriptor(fd);
  open.clear();
  rmSync(directory, { recursive: true });
  expect(readdirSync('/proc/self/fd')).toHaveLength(descriptorsBefore);
});

function keep(fd: number): number {
  open.add(fd);
  return fd;
}

function soon(): number {
  return performance.now() + WATCHDOG_MS;
}

/** A door whose visitors come out of the promise. */
function makeDoor(): { readonly door: UnixDoor; readonly visited: Promise<number> } {
  let visit: (connection: number) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const visited = new Promise<number>((resolve, reject) => {
    visit = resolve;
    fail = reject;
  });
  const door = new UnixDoor(path, {
    letIn: (connection) => {
      visit(keep(connection));
      return true;
    },
    onError: (error) => fail(error),
  });
  return { door, visited };
}

describe('a door', () => {
  it('lets in one process, and is gone with its name then', async () => {
    const { visited } = makeDoor();
    keep(await enterUnixDoor(path, soon()));
    await visited;
    expect(existsSync(path)).toBe(false);
    await expect(enterUnixDoor(path, soon())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has no name any more when who came to it was not answered yet', async () => {
    const { door } = makeDoor();
    keep(await enterUnixDoor(path, soon()));
    expect(readdirSync(directory)).toEqual([]);
    door.close();
  });

  it('lets in the next one when the first is sent away', async () => {
    const asked: number[] = [];
    const door = new UnixDoor(path, {
      letIn: (connection) => {
        asked.push(connection);
        if (asked.length === 1) return false;
        keep(connection);
        return true;
      },
      onError: (error) => {
        throw error;
      },
    });
    keep(connectUnix(path));
    keep(connectUnix(path));
    door.answer();
    expect(asked).toHaveLength(2);
    expect(existsSync(path)).toBe(false);
  });

  it('is closed by an answer that throws, which it tells', () => {
    const told: unknown[] = [];
    const bug = new Error('a bug');
    const door = new UnixDoor(path, {
      letIn: (connection) => {
        keep(connection);
        throw bug;
      },
      onError: (error) => told.push(error),
    });
    keep(connectUnix(path));
    door.answer();
    door.answer();
    expect(told).toEqual([bug]);
    expect(existsSync(path)).toBe(false);
  });

  it('leaves what stands at its path for something else by now', () => {
    const { door } = makeDoor();
    renameSync(path, `${path}.old`);
    writeFileSync(path, 'precious');
    door.close();
    door.close();
    expect(readdirSync(directory).sort()).toEqual(['lane.sock', 'lane.sock.old']);
  });

  it('leaves nothing when there is a door already', () => {
    const { door } = makeDoor();
    expect(makeDoor).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect(existsSync(path)).toBe(true);
    door.close();
  });

  it('removes its name when it cannot be watched', () => {
    const next = keep(duplicateDescriptor(0));
    closeDescriptor(next);
    open.delete(next);
    // The number that the listener will get is watched already.
    const standIn = listenUnix(`${path}.other`);
    expect(standIn).toBe(next);
    const watch = watchDescriptor(standIn, () => {});
    closeDescriptor(standIn);
    expect(makeDoor).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(existsSync(path)).toBe(false);
    watch.close();
  });
});

describe('who comes to a door', () => {
  it('tries again until there is a place to wait', async () => {
    const listener = keep(listenUnix(path, 0));
    keep(connectUnix(path));
    const entered = enterUnixDoor(path, soon());
    await new Promise((resolve) => setTimeout(resolve, 20));
    keep(acceptUnix(listener));
    keep(await entered);
    expect(existsSync(path)).toBe(false);
  });

  it('gives up at its deadline with EAGAIN while the places stay taken, and leaves the name', async () => {
    keep(listenUnix(path, 0));
    keep(connectUnix(path));
    await expect(enterUnixDoor(path, performance.now() + 40)).rejects.toMatchObject({ code: 'EAGAIN', path });
    expect(existsSync(path)).toBe(true);
  });

  it('removes the name of a door whose owner is gone', async () => {
    closeDescriptor(listenUnix(path));
    await expect(enterUnixDoor(path, soon())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(existsSync(path)).toBe(false);
  });

  it('leaves what is no door', async () => {
    writeFileSync(path, 'precious');
    await expect(enterUnixDoor(path, soon())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(existsSync(path)).toBe(true);
  });

  it('is told the length of a path that is too long', async () => {
    const long = join(directory, 'x'.repeat(108));
    await expect(enterUnixDoor(long, soon())).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  });
});
