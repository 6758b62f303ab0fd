// How much of the memory that large Buffers leave behind this process keeps for the next. What the C library makes of it is the
// matter of posix.
import { keepFreedMemory } from '@troupe/posix';

// As much as comes and goes between two rounds of the garbage collector.
const KEPT_BYTES = 64 * 1024 * 1024;

/** To be called before memory is taken for a large Buffer; all but the first call do nothing. */
export function keepMemoryOfBuffers(): void {
  keepFreedMemory(KEPT_BYTES);
}
