// Names that nobody can guess, from the kernel's random numbers. Not from node:crypto, which takes 4 ms to load: a process
// that starts for an actor needs one name and nothing else of it.
import { closeSync, openSync, readSync } from 'node:fs';

/** `byteCount` random bytes as lower-case hexadecimal digits. */
export function randomName(byteCount: number): string {
  const bytes = Buffer.allocUnsafe(byteCount);
  const source = openSync('/dev/urandom', 'r');
  try {
    for (let filled = 0; filled < byteCount;)
      filled += readSync(source, bytes, filled, byteCount - filled, null);
  } finally {
    closeSync(source);
  }
  return bytes.toString('hex');
}
