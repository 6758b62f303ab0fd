// One node's place in the system's directory, and what becomes of the places of dead nodes. A node holds a lock for as long
// as it lives; whoever gets the lock of another has the proof that it is dead and cleans up, exactly once.
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockFile } from '@troupe/posix';
import type { NodeId } from '../address.ts';
import { ensureSystemDirectory, removeIfUnused } from './runtime-directory.ts';
import { removeNamesOf } from './names.ts';

const LOCK = /^([0-9a-f]{32})\.lock$/;
const DRAFT = /^[0-9a-f]{32}\.lock\.\d+-\d+$/;
let drafts = 0;

// A killed process lets go of its lock within some tenths of a millisecond; its children learn of it after that.
const ROUND_MS = 2;
const ROUNDS_WITHOUT_CHANGE = 5;

export class NodeDirectory {
  /** Where the node's lanes may put what needs a name. */
  readonly path: string;
  readonly #system: string;
  readonly #node: NodeId;
  readonly #lock: number;
  #released = false;

  /** Makes the node's directory in the system's, after cleaning up behind nodes that are dead. */
  constructor(system: string, node: NodeId) {
    reclaimDeadNodes(system);
    this.#system = system;
    this.#node = node;
    this.#lock = holdPlace(system, node);
    this.path = join(system, node);
    mkdirSync(this.path, { mode: 0o700 });
  }

  /** Removes everything the node has in the file system. Synchronous: it is also called when the process exits. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    removeNamesOf(this.#system, this.#node);
    rmSync(this.path, { recursive: true, force: true });
    rmSync(lockPath(this.#system, this.#node), { force: true });
    closeSync(this.#lock);
    removeIfUnused(this.#system);
  }
}

export function controlSocketPath(system: string, node: NodeId): string {
  return join(system, node, 'control.sock');
}

/** Cleans up behind `node` if it is dead. True when nothing of it is left, whoever did it. */
export function reclaimNode(system: string, node: NodeId): boolean {
  return reclaim(lockPath(system, node), () => {
    removeNamesOf(system, node);
    rmSync(join(system, node), { recursive: true, force: true });
  });
}

/** Calls `clean` and removes the lock at `path` if nobody holds it. False when somebody does. */
function reclaim(path: string, clean: () => void): boolean {
  let lock: number;
  try {
    lock = openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  try {
    if (!lockFile(lock)) return false;
    // Another may have cleaned up between open and lock: the file is then gone from its place.
    if (isStillAt(path, lock)) {
      clean();
      // The lock file goes last: as long as it stands, somebody will come and finish.
      rmSync(path, { force: true });
    }
    return true;
  } finally {
    closeSync(lock);
  }
}

/**
 * Cleans up behind nodes of the system that are dying at this moment, blocking for at most `timeoutMs`: for a process that is
 * about to exit and has ended its children, whose own children follow a moment later.
 */
export function reclaimDyingNodes(system: string, timeoutMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let unchanged = 0;
  let left = locksIn(system);
  for (let waitedMs = 0; waitedMs < timeoutMs && unchanged < ROUNDS_WITHOUT_CHANGE; waitedMs += ROUND_MS) {
    Atomics.wait(pause, 0, 0, ROUND_MS);
    reclaimDeadNodes(system);
    const now = locksIn(system);
    unchanged = now === left ? unchanged + 1 : 0;
    left = now;
  }
}

function locksIn(system: string): number {
  return readdirSync(system).filter((entry) => LOCK.test(entry)).length;
}

function reclaimDeadNodes(system: string): void {
  ensureSystemDirectory(system);
  for (const entry of readdirSync(system)) {
    const node = LOCK.exec(entry)?.[1];
    if (node !== undefined) reclaimNode(system, node);
    else if (DRAFT.test(entry)) reclaim(join(system, entry), () => undefined);
  }
}

function holdPlace(system: string, node: NodeId): number {
  for (;;) {
    try {
      return holdLock(lockPath(system, node));
    } catch (error) {
      // The last node left in this moment and took the directory along.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      ensureSystemDirectory(system);
    }
  }
}

// The lock is taken under another name and then moved into place: nobody ever finds the lock of a live node free.
function holdLock(path: string): number {
  for (;;) {
    drafts += 1;
    const draft = `${path}.${String(process.pid)}-${String(drafts)}`;
    const lock = openSync(draft, 'wx', 0o600);
    // Whoever cleans up may have found the draft before it was locked, and removed it; then it is made anew.
    if (lockFile(lock) && isStillAt(draft, lock)) {
      renameSync(draft, path);
      return lock;
    }
    closeSync(lock);
    rmSync(draft, { force: true });
  }
}

function isStillAt(path: string, descriptor: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && found.ino === fstatSync(descriptor).ino;
}

function lockPath(system: string, node: NodeId): string {
  return join(system, `${node}.lock`);
}
