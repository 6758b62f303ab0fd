// Another user at a door: ours sends it away, and we leave when the door is another user's.
import { expect, it } from '@jest/globals';
import { UnixDoor, closeDescriptor, currentUid, enterUnixDoor } from '@troupe/posix';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const STRANGER = 65534;
const program = join(import.meta.dirname, 'fixtures/stranger-at-the-door.mjs');

it('a door lets in nobody of another user, and nobody enters the door of one', async () => {
  if (currentUid() !== 0) {
    console.log('skipped: only root can be two users');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'troupe-door-'));
  const path = join(directory, 'lane.sock');
  // So that the stranger can make its door there; nobody else gets into the directory of a node.
  chmodSync(directory, 0o777);
  try {
    const owner = startStranger('owner', path);
    expect(await owner.nextLine()).toBe('made');
    await expect(enterUnixDoor(path, performance.now() + 20_000)).rejects.toMatchObject({
      code: 'EPERM',
      message: expect.stringContaining(`user ${STRANGER} listens there`),
    });
    expect(existsSync(path)).toBe(true);
    owner.leave();
    await owner.exited;

    const letIn: number[] = [];
    const door = new UnixDoor(path, { letIn: (connection) => letIn.push(connection) > 0, onError: () => {} });
    // Else the mode of the socket would keep it out.
    chmodSync(path, 0o666);
    const visitor = startStranger('visitor', path);
    expect(await visitor.nextLine()).toBe('sent away');
    await visitor.exited;
    expect(letIn).toEqual([]);
    const connection = await enterUnixDoor(path, performance.now() + 20_000);
    door.answer();
    expect(letIn).toHaveLength(1);
    for (const fd of [connection, ...letIn]) closeDescriptor(fd);
    expect(readdirSync(directory)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

interface Stranger {
  readonly exited: Promise<unknown>;
  nextLine(): Promise<string>;
  leave(): void;
}

function startStranger(part: 'owner' | 'visitor', path: string): Stranger {
  const words = [`--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups', process.execPath, program];
  const child = spawn('setpriv', [...words, part, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    exited: once(child, 'exit'),
    nextLine: async () => String((await lines.next()).value),
    leave: () => child.stdin.end(),
  };
}
