// A journal of kernel objects that outlive every process: POSIX names, and System V objects by their key. An entry stands in a
// directory before its object exists and goes after it, so that whoever cleans the directory of a dead process removes
// the objects as well, wherever in between it was killed. When a process is dead, others decide.
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { lastErrno, lastError, libc } from './libc.ts';
import { randomName } from './random-name.ts';
import { isSystemError } from './system-error.ts';
import { currentUid } from './user.ts';

/** Found by a name: `shm_open`, `mq_open`. */
export type NamedObjectKind = 'posix-segment' | 'posix-queue';

/** Found by a key: `shmget`, `semget`, `msgget`. */
export type KeyedObjectKind = 'sysv-segment' | 'sysv-semaphore' | 'sysv-queue';

/** One object of the journal. */
export type KernelObject =
  | { readonly kind: NamedObjectKind; /** `'/name'` */ readonly name: string }
  | { readonly kind: KeyedObjectKind; /** A positive number of 31 bits. */ readonly key: number };

const NAME_BYTES = 16;
const KEY_BITS_MASK = 0x7fff_ffff;
const MOST_ATTEMPTS = 16;
const ENTRY = /^object\.([a-z]+-[a-z]+)\.([0-9a-zA-Z_-]+)$/;

const IPC_RMID = 0;
const IPC_STAT = 2;
// struct shmid_ds, semid_ds and msqid_ds of 64-bit Linux all begin with a struct ipc_perm: key, uid, gid, cuid.
const DESCRIPTION_BYTES = 128;
const OWNER_OFFSET = 4;
const CREATOR_OFFSET = 12;

/**
 * Makes an object under a name that nobody can guess, with its entry in `directory` first. `create` makes it exclusively; when
 * it throws, the entry is gone again. Take the object away with `removeKernelObject`.
 */
export function createNamedObject<Made>(
  directory: string,
  kind: NamedObjectKind,
  create: (name: string) => Made,
): { readonly object: KernelObject; readonly made: Made } {
  return createObject(
    directory,
    () => ({ kind, name: `/troupe-${randomName(NAME_BYTES)}` }),
    (object) => create(object.name),
  );
}

/** The same for an object under a random key: `create` passes it on with IPC_CREAT and IPC_EXCL. */
export function createKeyedObject<Made>(
  directory: string,
  kind: KeyedObjectKind,
  create: (key: number) => Made,
): { readonly object: KernelObject; readonly made: Made } {
  return createObject(
    directory,
    () => ({ kind, key: freeKey(kind) }),
    (object) => create(object.key),
  );
}

/** Takes the object away if it is there and this user's, then its entry. Nobody else may be told of it afterwards. */
export function removeKernelObject(directory: string, object: KernelObject): void {
  if ('name' in object) removeNamed(object.kind, object.name);
  else removeKeyed(object.kind, object.key);
  forgetKernelObject(directory, object);
}

/** Takes away the entry of an object that is gone already, or that goes by itself from now on. */
export function forgetKernelObject(directory: string, object: KernelObject): void {
  rmSync(join(directory, entryOf(object)), { force: true });
}

/**
 * Removes every object with an entry in `directory`, and the entries: for whoever holds the proof that their process is dead,
 * or is that process and about to end. Returns what it found; a directory that is not there has nothing.
 */
export function removeJournalledObjects(directory: string): readonly KernelObject[] {
  const objects = journalledObjects(directory);
  for (const object of objects) removeKernelObject(directory, object);
  return objects;
}

/** What has an entry in `directory`; whether each object exists is another question. */
export function journalledObjects(directory: string): readonly KernelObject[] {
  let entries: readonly string[];
  try {
    entries = readdirSync(directory);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
  return entries.map(readEntry).filter((object) => object !== undefined);
}

function createObject<One extends KernelObject, Made>(
  directory: string,
  choose: () => One,
  create: (object: One) => Made,
): { readonly object: One; readonly made: Made } {
  for (let attempt = 1; ; attempt += 1) {
    const object = choose();
    closeSync(openSync(join(directory, entryOf(object)), 'wx', 0o600));
    try {
      return { object, made: create(object) };
    } catch (error) {
      forgetKernelObject(directory, object);
      // Somebody has taken the name or key between the choice and the creation; their object is not touched.
      if (!isSystemError(error, 'EEXIST') || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

// Looked for before it is written down: an entry must never stand for what was there before.
function freeKey(kind: KeyedObjectKind): number {
  for (;;) {
    const key = Number.parseInt(randomName(4), 16) & KEY_BITS_MASK;
    if (key !== 0 && find(kind, key) < 0) return key;
  }
}

function entryOf(object: KernelObject): string {
  return `object.${object.kind}.${'name' in object ? object.name.slice(1) : object.key}`;
}

function readEntry(entry: string): KernelObject | undefined {
  const [, kind, id = ''] = ENTRY.exec(entry) ?? [];
  switch (kind) {
    case 'posix-segment':
    case 'posix-queue':
      return { kind, name: `/${id}` };
    case 'sysv-segment':
    case 'sysv-semaphore':
    case 'sysv-queue':
      return /^[1-9][0-9]{0,9}$/.test(id) ? { kind, key: Number(id) } : undefined;
    default:
      return undefined;
  }
}

function removeNamed(kind: NamedObjectKind, name: string): void {
  const result = kind === 'posix-segment' ? libc.shm_unlink(name) : libc.mq_unlink(name);
  // EACCES and EPERM: it is somebody else's.
  if (result < 0)
    throwUnless(['ENOENT', 'EACCES', 'EPERM'], kind === 'posix-segment' ? 'shm_unlink' : 'mq_unlink', name);
}

function removeKeyed(kind: KeyedObjectKind, key: number): void {
  const id = find(kind, key);
  if (id < 0) return;
  const description = new Uint8Array(DESCRIPTION_BYTES);
  if (CONTROL[kind](id, IPC_STAT, description) < 0) return;
  const fields = new DataView(description.buffer);
  // A superuser could remove anybody's.
  const user = currentUid();
  if (fields.getUint32(OWNER_OFFSET, true) !== user || fields.getUint32(CREATOR_OFFSET, true) !== user)
    return;
  if (CONTROL[kind](id, IPC_RMID, null) < 0)
    throwUnless(['EINVAL', 'EIDRM', 'EPERM'], 'IPC_RMID', `${kind} ${id}`);
}

/** The number of the object with this key, or -1. */
function find(kind: KeyedObjectKind, key: number): number {
  if (kind === 'sysv-segment') return libc.shmget(key, 0, 0);
  return kind === 'sysv-semaphore' ? libc.semget(key, 0, 0) : libc.msgget(key, 0);
}

const CONTROL = {
  'sysv-segment': (id: number, command: number, description: Uint8Array | null) =>
    libc.shmctl(id, command, description),
  'sysv-semaphore': (id: number, command: number, description: Uint8Array | null) =>
    libc.semctl(id, 0, command, 'void *', description),
  'sysv-queue': (id: number, command: number, description: Uint8Array | null) =>
    libc.msgctl(id, command, description),
};

function throwUnless(codes: readonly string[], syscall: string, subject: string): void {
  const errno = lastErrno();
  if (!codes.some((code) => (constants.errno as Record<string, number>)[code] === errno))
    throw lastError(syscall, { subject });
}
