// The files to be indexed: which there are, cut into batches, and what becomes of each when it is read.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WordIndex } from './word-index.ts';

/** A share of the work, small enough that doing it twice costs little. */
export interface Batch {
  readonly id: number;
  readonly paths: readonly string[];
}

/** What became of files. */
export interface FileCounts {
  readonly indexed: number;
  /** Has a zero byte near its beginning, so it is no text. */
  readonly binary: number;
  /** Gone since the directory was listed, not ours to read, or too long for one string. */
  readonly unreadable: number;
  /** Of the files that were indexed. */
  readonly bytes: number;
}

export interface Listing {
  /** In an order that depends on their names only. */
  readonly paths: readonly string[];
  /** Source maps are written by tools for tools; their letters are numbers in disguise. */
  readonly sourceMaps: number;
  readonly unreadableDirectories: number;
}

export const NO_FILES: FileCounts = { indexed: 0, binary: 0, unreadable: 0, bytes: 0 };

const FILES_A_BATCH = 32;
const BINARY_WITHIN_BYTES = 8192;

/** Every regular file below `directory`; links are not followed, so nothing is found twice. */
export async function listFiles(directory: string): Promise<Listing> {
  const paths: string[] = [];
  let [sourceMaps, unreadableDirectories] = [0, 0];
  const open = [directory];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) unreadableDirectories += 1;
    for (const entry of entries ?? []) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) open.push(path);
      else if (!entry.isFile()) continue;
      else if (entry.name.endsWith('.map')) sourceMaps += 1;
      else paths.push(path);
    }
  }
  return { paths: paths.sort(), sourceMaps, unreadableDirectories };
}

export function cutIntoBatches(paths: readonly string[]): readonly Batch[] {
  const count = Math.ceil(paths.length / FILES_A_BATCH);
  return Array.from({ length: count }, (_, id) => ({
    id,
    paths: paths.slice(id * FILES_A_BATCH, (id + 1) * FILES_A_BATCH),
  }));
}

/** Reads a batch and counts its words into `index`. A file that cannot be read is counted, never thrown. */
export async function indexBatch(batch: Batch, index: WordIndex): Promise<FileCounts> {
  let counts = NO_FILES;
  for (const content of await Promise.all(batch.paths.map(read))) {
    if (content.kind === 'text') index.addText(content.text);
    counts = add(counts, countsOf(content));
  }
  return counts;
}

type Content =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'binary' }
  | { readonly kind: 'unreadable' };

async function read(path: string): Promise<Content> {
  try {
    const content = await readFile(path);
    if (content.subarray(0, BINARY_WITHIN_BYTES).includes(0)) return { kind: 'binary' };
    return { kind: 'text', text: content.toString(), bytes: content.length };
  } catch {
    return { kind: 'unreadable' };
  }
}

function countsOf(content: Content): FileCounts {
  if (content.kind === 'text') return { ...NO_FILES, indexed: 1, bytes: content.bytes };
  return { ...NO_FILES, [content.kind]: 1 };
}

export function add(left: FileCounts, right: FileCounts): FileCounts {
  return {
    indexed: left.indexed + right.indexed,
    binary: left.binary + right.binary,
    unreadable: left.unreadable + right.unreadable,
    bytes: left.bytes + right.bytes,
  };
}
