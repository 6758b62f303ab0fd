// What stands in the runtime directory, seen from outside of any system: which nodes live, and what dead ones have left that
// nobody has come by to clean up. Looking changes nothing.
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalledObjects, lockFile } from '@troupe/posix';
import type { NodeId } from '../address.ts';
import { reclaimNode } from './node-directory.ts';
import { removeIfUnused, runtimeRoot } from './runtime-directory.ts';

const LOCK = /^([0-9a-f]{32})\.lock$/;

/** A node whose process is gone, while something of it is left. */
export interface DeadNode {
  readonly node: NodeId;
  /** Objects in the kernel that its directory has entries of, in words: 'posix-queue /troupe-...'. */
  readonly objects: readonly string[];
}

/** A system as the runtime directory shows it. */
export interface SystemOnDisk {
  readonly name: string;
  /** How many of its nodes live. */
  readonly living: number;
  readonly dead: readonly DeadNode[];
}

/** The runtime directory of this user. */
export interface RuntimeSurvey {
  readonly path: string;
  /** Empty when the directory is not there. */
  readonly systems: readonly SystemOnDisk[];
}

/** Looks at the runtime directory: `directory`, or where systems without the option `runtimeDirectory` have theirs. */
export function surveyRuntimeDirectory(
  directory: string | undefined = process.env['TROUPE_RUNTIME_DIR'],
): RuntimeSurvey {
  const path = runtimeRoot(directory);
  const systems = entriesOf(path).map((name) => surveySystem(join(path, name), name));
  return { path, systems: systems.filter(({ living, dead }) => living + dead.length > 0) };
}

/** Cleans up behind all dead nodes in the runtime directory, as a node of their system would; how many there were. */
export function cleanRuntimeDirectory(directory?: string): number {
  const { path, systems } = surveyRuntimeDirectory(directory);
  let cleaned = 0;
  for (const { name, dead } of systems) {
    for (const { node } of dead) if (reclaimNode(join(path, name), node)) cleaned += 1;
    removeIfUnused(join(path, name));
  }
  return cleaned;
}

function surveySystem(path: string, name: string): SystemOnDisk {
  const nodes = entriesOf(path).flatMap((entry) => LOCK.exec(entry)?.[1] ?? []);
  const dead = nodes.filter((node) => !isHeld(join(path, `${node}.lock`)));
  return {
    name,
    living: nodes.length - dead.length,
    dead: dead.map((node) => ({
      node,
      objects: journalledObjects(join(path, node)).map(
        (object) => `${object.kind} ${'name' in object ? object.name : `with the key ${object.key}`}`,
      ),
    })),
  };
}

/** Whether a living process holds the lock; one that is gone by now, with all it stood for, counts as held. */
function isHeld(path: string): boolean {
  let lock: number;
  try {
    lock = openSync(path, 'r+');
  } catch {
    return true;
  }
  try {
    return !lockFile(lock);
  } finally {
    closeSync(lock);
  }
}

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    // Not there, no directory, or not this user's to read.
    return [];
  }
}
