// Has msgpackr read strings with its native addon, once a process has read so much that it pays. Finding and loading the addon
// takes a fifth of the time in which a process starts; after that it unpacks a list of short strings up to seven times as fast.
// Where the addon is missing everything works without.

// Some hundreds of messages: far more than a process reads while it starts.
const WORTHWHILE_BYTES = 64 * 1024;

// The CommonJS build has the addon from the beginning: there msgpackr is one module that loads it.
const IS_ESM_BUILD = import.meta.url.endsWith('.js');

let unpackedBytes = IS_ESM_BUILD ? 0 : Infinity;

/** `bytes` more are about to be unpacked. */
export function countUnpacked(bytes: number): void {
  if (unpackedBytes > WORTHWHILE_BYTES) return;
  unpackedBytes += bytes;
  // The main module of msgpackr gives the addon to the parts of it that this package has imported.
  if (unpackedBytes > WORTHWHILE_BYTES) import('msgpackr').catch(() => undefined);
}
