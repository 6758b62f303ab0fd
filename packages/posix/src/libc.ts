// The C library, and the only file that loads koffi. Each function of the table in c-functions.ts is bound when it is first
// called: loading koffi takes 9 ms of a process start that takes 45, binding a function 15 us, and a process that never
// needs a C call pays neither.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { SIGNATURES } from './c-functions.ts';
import type { Libc } from './c-functions.ts';
import { SystemError } from './system-error.ts';

type Koffi = typeof import('koffi');

const RTLD_NOW = 0x2;
const RTLD_NOLOAD = 0x4;
const RTLD_NODELETE = 0x1000;

/** System calls that are made by number. */
export interface SyscallNumbers {
  readonly pidfdSendSignal: number;
  readonly pidfdOpen: number;
  readonly futex: number;
  readonly futexWaitv: number;
}

// Calls added since Linux 5.1 have one number on every architecture; the table stands by architecture for those that do not.
const SYSCALL_NUMBERS: Readonly<Record<string, SyscallNumbers>> = {
  x64: { pidfdSendSignal: 424, pidfdOpen: 434, futex: 202, futexWaitv: 449 },
  arm64: { pidfdSendSignal: 424, pidfdOpen: 434, futex: 98, futexWaitv: 449 },
};

/** The functions of the C library; `libc.read` is bound at its first call and costs a property read from then on. */
export const libc: Libc = unboundFunctions();

/** The errno of the C call made just before, on this thread. */
export function lastErrno(): number {
  return loadKoffi().errno();
}

/** The error for a C call that just returned -1. */
export function lastError(
  syscall: string,
  subject: { readonly path?: string; readonly subject?: string } = {},
): SystemError {
  const errno = lastErrno();
  return new SystemError({ code: errnoName(errno), errno, syscall, ...subject });
}

/** The numbers of the calls made through syscall(2); throws where Troupe does not know them. */
export function syscallNumbers(): SyscallNumbers {
  const numbers = SYSCALL_NUMBERS[process.arch];
  if (numbers === undefined) {
    const reason = `system call numbers are known for x64 and arm64, this is ${process.arch}`;
    throw new SystemError({ code: 'ENOSYS', errno: constants.errno.ENOSYS, syscall: 'syscall', reason });
  }
  return numbers;
}

let koffi: Koffi | undefined;

/** Where `view` begins in the memory of this process; whoever keeps the number keeps the view. */
export function addressOf(view: Uint8Array | Int32Array): bigint {
  return loadKoffi().address(view);
}

/** The memory of this process at `address`. Nothing keeps it mapped: whoever asks must know that it stays. */
export function memoryAt(address: bigint, bytes: number): ArrayBuffer {
  return loadKoffi().view(address, bytes);
}

export function loadKoffi(): Koffi {
  if (koffi !== undefined) return koffi;
  koffi = createRequire(import.meta.url)('koffi') as Koffi;
  if (!isMainThread) keepLoaded(koffi);
  return koffi;
}

// Node unloads an addon when the last Worker that used it ends, and runs what a watch left to be freed after that: in code
// that is no longer there. Opened once more with RTLD_NODELETE it stays for the life of the process.
function keepLoaded(koffi: Koffi): void {
  const path = /\/\S.*\/koffi\.node$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0];
  if (path === undefined) return;
  const openLibrary = koffi.load(null).func('void *dlopen(const char *path, int flags)');
  openLibrary(path, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

type Library = ReturnType<Koffi['load']>;
type AnyFunction = (...parameters: never[]) => unknown;

let library: Library | undefined;

function loadLibrary(): Library {
  if (library !== undefined) return library;
  try {
    library = loadKoffi().load('libc.so.6');
  } catch {
    // musl has one file for everything and answers to this name without looking at the disk.
    library = loadKoffi().load('libc.so');
  }
  return library;
}

// Until 2.34 glibc kept semaphores and shared memory in libraries of their own.
const OLDER_HOMES = ['libpthread.so.0', 'librt.so.1'];

function bindFunction(signature: string): AnyFunction {
  try {
    return loadLibrary().func(signature);
  } catch (missing) {
    for (const name of OLDER_HOMES) {
      try {
        return loadKoffi().load(name).func(signature);
      } catch {
        continue;
      }
    }
    throw missing;
  }
}

function unboundFunctions(): Libc {
  const functions: Record<string, AnyFunction> = {};
  for (const [name, signature] of Object.entries(SIGNATURES)) {
    functions[name] = (...parameters) => {
      const bound = bindFunction(signature);
      functions[name] = bound;
      return bound(...parameters);
    };
  }
  return functions as unknown as Libc;
}

function errnoName(errno: number): string {
  for (const [name, value] of Object.entries(constants.errno)) if (value === errno) return name;
  return `E${errno}`;
}
