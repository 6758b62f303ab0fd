// What the C library does with memory that is freed. By default glibc gives the end of its heap back to the kernel as
// soon as 128 KiB of it are free, and has every page of it zeroed and mapped again for the next large Buffer: more
// than copying its bytes costs.
import { libc } from './libc.ts';

// From <malloc.h>.
const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;

// The largest that glibc allows. Left alone it would rise to what has been freed, but setting the other one stops that.
const MMAP_THRESHOLD_BYTES = 32 * 1024 * 1024;

// What tells glibc the same from outside.
const SETTINGS = ['MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_', 'GLIBC_TUNABLES'] as const;

let isKept = false;

/**
 * From now on this process keeps up to `bytes` bytes at the end of its heap that are free, for the next large allocation. Once a
 * process: later calls do nothing, and so does the first where the environment sets how glibc allocates,
 * or the C library is another.
 */
export function keepFreedMemory(bytes: number): void {
  if (isKept) return;
  isKept = true;
  if (SETTINGS.some((name) => process.env[name] !== undefined)) return;
  try {
    libc.mallopt(M_TRIM_THRESHOLD, bytes);
    libc.mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD_BYTES);
  } catch {
    // musl has no such function, and no such habit.
  }
}
