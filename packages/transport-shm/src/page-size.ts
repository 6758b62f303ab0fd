// Bytes of a page of this machine, from what the kernel hands every process at its start.
import { readFileSync } from 'node:fs';

const AT_PAGESZ = 6n;
const ENTRY_BYTES = 16;
const USUAL_BYTES = 4096;

let known: number | undefined;

/** The kernel's word, or 4096 where a process may not read its own. */
export function pageSize(): number {
  known ??= readPageSize();
  return known;
}

function readPageSize(): number {
  let vector: Buffer;
  try {
    vector = readFileSync('/proc/self/auxv');
  } catch {
    // A program with capabilities of its own is not readable for its user.
    return USUAL_BYTES;
  }
  for (let offset = 0; offset + ENTRY_BYTES <= vector.length; offset += ENTRY_BYTES) {
    if (vector.readBigUInt64LE(offset) === AT_PAGESZ) return Number(vector.readBigUInt64LE(offset + 8));
  }
  return USUAL_BYTES;
}
