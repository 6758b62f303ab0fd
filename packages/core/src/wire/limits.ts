// How much one message may be, enforced alike where it is encoded and where it is decoded: a message that may be sent may be
// received. They bound what a hostile frame can cost; bytes are bounded by whoever carries the frame.

/** Objects, arrays, maps and causes of errors within each other. */
export const MAX_DEPTH = 100;

/** How deep a frame is at most: a value that is spelled out may take two more levels. */
export const MAX_FRAME_DEPTH = MAX_DEPTH + 2;

/** Elements of arrays, properties of objects and entries of maps in one message, all together. */
export const MAX_VALUES = 1 << 21;

/** What the regular expressions of one message may cost, all together; see `regExpCost`. */
export const MAX_REG_EXP_COST = 4096;

// To parse `\p{...}` costs up to 100 us, and 2 ms where it can stand for strings (flag `v`), against 10 ns a plain letter.
const PROPERTY_ESCAPE = /\\[pP]/g;
const PROPERTY_ESCAPE_COST = 64;
const STRINGS_ESCAPE_COST = 1024;

/** About how long an expression takes to parse: 1 is a letter of it. 60 KB of `\p{RGI_Emoji}` took 21 s. */
export function regExpCost(source: string, flags: string): number {
  const escapes = source.match(PROPERTY_ESCAPE)?.length ?? 0;
  return 16 + source.length + escapes * (flags.includes('v') ? STRINGS_ESCAPE_COST : PROPERTY_ESCAPE_COST);
}
