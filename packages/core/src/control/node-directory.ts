// One node's place in the system's directory, and what becomes of the places of dead nodes. A node holds a lock for as long
// as it lives; whoever gets the lock of another has the proof that it is dead and cleans up, exactly once.
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockFile, removeJournalledObjects } from '@troupe/posix';
import type { NodeId } from '../address.ts';
import { ensureSystemDirectory, removeIfUnused } from './runtime-directory.ts';
import { removeMembershipsOf } from './memberships.ts';
import { removeNamesOf } from './names.ts';

const LOCK = /^([0-9a-f]{32})\.lock$/;
const DRAFT = /^[0-9a-f]{32}\.lock\.\d+-\d+$/;
const LOCK_SUFFIX = '.lock';
let drafts = 0;

export class NodeDirectory {
  /** Where the node's lanes may put what needs a name. */
  readonly path: string;
  readonly #system: string;
  readonly #node: NodeId;
  readonly #lock: number;
  #released = false;

  /** Makes the node's directory in the system's, after cleaning up behind nodes that are dead. `parent` started the process. */
  constructor(system: string, node: NodeId, parent?: NodeId) {
    reclaimDeadNodes(system);
    this.#system = system;
    this.#node = node;
    this.#lock = holdPlace(system, node);
    if (parent !== undefined) writeSync(this.#lock, parent);
    this.path = join(system, node);
    mkdirSync(this.path, { mode: 0o700 });
  }

  /** Lets go of the lock and of nothing else, as the kernel does for a process that was killed. */
  abandon(): void {
    if (this.#released) return;
    this.#released = true;
    closeSync(this.#lock);
  }

  /** Removes everything the node has in the file system. Synchronous: it is also called when the process exits. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    // Who leaves sweeps: a node that died unseen is not left for the next one that starts.
    reclaimDeadNodes(this.#system);
    removeNamesOf(this.#system, this.#node);
    removeMembershipsOf(this.#system, this.#node);
    removeNodeFiles(this.path);
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
    removeMembershipsOf(system, node);
    removeNodeFiles(join(system, node));
  });
}

/** The kernel objects that the directory has entries of go before the entries do: whoever is killed in between is followed. */
function removeNodeFiles(path: string): void {
  removeJournalledObjects(path);
  rmSync(path, { recursive: true, force: true });
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
 * Cleans up behind `node`'s children, which it has killed, and theirs, which follow a moment later; blocks for at most
 * `timeoutMs`: for a process that is about to exit.
 */
export function reclaimDescendants(system: string, node: NodeId, timeoutMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const family = new Set([node]);
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 1) {
    const left = descendantsIn(system, family);
    if (left.length === 0) return;
    for (const descendant of left) reclaimNode(system, descendant);
    Atomics.wait(pause, 0, 0, 1);
  }
}

/** Nodes with a parent in `family`, which grows by them: a grandchild is known by its parent after that is gone. */
function descendantsIn(system: string, family: Set<NodeId>): NodeId[] {
  const locks = readdirSync(system).filter((entry) => LOCK.test(entry));
  const nodes = locks.map((entry) => ({
    node: entry.slice(0, -LOCK_SUFFIX.length),
    parent: parentIn(join(system, entry)),
  }));
  const found = new Set<NodeId>();
  for (let before = -1; found.size !== before;) {
    before = found.size;
    for (const { node, parent } of nodes)
      if (family.has(parent)) {
        found.add(node);
        family.add(node);
      }
  }
  return [...found];
}

function parentIn(lock: string): NodeId {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    // Cleaned up in this moment.
    return '';
  }
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
