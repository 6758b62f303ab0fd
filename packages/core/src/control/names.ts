// Names of actors, claimed exclusively in the whole system: one file a name, made whole by a hard link. A claim ends with its
// actor, or with the node that made it; whoever cleans up behind a dead node frees its names first.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Address } from '../address.ts';
import { TroupeError } from '../errors.ts';

// A file name has at most 255 bytes; the rest is room for the mark in front and for temporary names.
const MAX_ENCODED_BYTES = 200;

let claims = 0;

/** Claims `name` for `address`. Returns the holder when somebody else has it, undefined when the claim is made. */
export function claimName(system: string, name: string, address: Address): Address | undefined {
  const path = namePath(system, name);
  claims += 1;
  const draft = join(system, 'names', `.${address.node}-${String(claims)}`);
  // Gone when the last other node left just now: names are made again by whoever needs them.
  mkdirSync(join(system, 'names'), { recursive: true, mode: 0o700 });
  writeFileSync(draft, JSON.stringify(address), { mode: 0o600, flag: 'wx' });
  try {
    // link fails if the name exists, and whoever reads it never sees half a claim.
    linkSync(draft, path);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Released in between: for the caller the same as if it had come a moment later.
    return readName(system, name) ?? claimName(system, name, address);
  } finally {
    unlinkSync(draft);
  }
}

/** Who holds `name`; undefined when nobody does. */
export function readName(system: string, name: string): Address | undefined {
  try {
    return parseAddress(readFileSync(namePath(system, name), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Frees `name` if `address` still holds it. */
export function releaseName(system: string, name: string, address: Address): void {
  const holder = readName(system, name);
  if (holder?.node === address.node && holder.actor === address.actor) unlinkSync(namePath(system, name));
}

/** Frees every name that `node` holds, and what a claim it did not finish left. Only for the node itself or who has its lock. */
export function removeNamesOf(system: string, node: string): void {
  const directory = join(system, 'names');
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory)) {
    const path = join(directory, entry);
    const isItsDraft = entry.startsWith(`.${node}-`);
    if (!isItsDraft && !entry.startsWith('@')) continue;
    try {
      if (isItsDraft || parseAddress(readFileSync(path, 'utf8'))?.node === node) unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** A name without the system's in front: `'search/indexer'` is `'indexer'` in system `search`. */
export function nameWithin(system: string, name: string): string {
  const prefix = `${system}/`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function namePath(system: string, name: string): string {
  return join(system, 'names', `@${encodeName(name)}`);
}

/** `name` as part of a file's name. Throws TROUPE_CONFIGURATION when it cannot be one. */
export function encodeName(name: string): string {
  const encoded = encode(name);
  if (encoded === '' || encoded.length > MAX_ENCODED_BYTES)
    throw new TroupeError(
      'TROUPE_CONFIGURATION',
      `the name ${JSON.stringify(name.slice(0, 80))} cannot be used: it must be well-formed text and have 1 to ${String(MAX_ENCODED_BYTES)} bytes when encoded for a file`,
    );
  return encoded;
}

/** Empty when it cannot be encoded: half of a surrogate pair is no character. */
function encode(name: string): string {
  try {
    return encodeURIComponent(name);
  } catch {
    return '';
  }
}

export function parseAddress(text: string): Address | undefined {
  try {
    const { node, actor, label } = JSON.parse(text) as Partial<Address>;
    if (typeof node !== 'string' || typeof actor !== 'number' || typeof label !== 'string') return undefined;
    return { node, actor, label };
  } catch {
    return undefined;
  }
}
