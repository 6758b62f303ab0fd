// Chance that a number decides: the same seed gives the same series, in every process and version. Nothing for secrets.

/** Gives numbers from 0 to 1, 1 excluded. */
export type Chance = () => number;

/** A series of its own for `name`: how far others have come does not change it. */
export function seededChance(seed: number, name: string): Chance {
  let state = mix(seed ^ hash(name));
  // Mulberry32: one addition and two multiplications a number, and no series shorter than 2^32.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return mix(state) / 2 ** 32;
  };
}

/** The `digits` hexadecimal digits that come next. */
export function hexadecimal(chance: Chance, digits: number): string {
  let text = '';
  while (text.length < digits) text += Math.floor(chance() * 16).toString(16);
  return text;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 15), 1 | value);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

// FNV-1a.
function hash(text: string): number {
  let hashed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hashed = Math.imul(hashed ^ text.charCodeAt(index), 0x01000193);
  return hashed | 0;
}
