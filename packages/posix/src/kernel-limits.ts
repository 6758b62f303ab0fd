// Numbers that bound what a process may have, as /proc shows them. What they bound is told where they are used.
import { readFileSync } from 'node:fs';

/** A limit of this process. Infinity: there is none, or /proc does not show it. */
export interface ResourceLimit {
  /** What holds now. */
  readonly soft: number;
  /** How far a process without privileges may raise it. */
  readonly hard: number;
}

/** The limit that /proc/self/limits calls `label`, such as 'Max open files'. */
export function readResourceLimit(label: string): ResourceLimit {
  const line = readText('/proc/self/limits')
    .split('\n')
    .find((entry) => entry.startsWith(label));
  const [soft = '', hard = ''] = line?.slice(label.length).trim().split(/\s+/) ?? [];
  return { soft: limitIn(soft), hard: limitIn(hard) };
}

/** The first number in the setting at `path` below /proc/sys, such as 'fs/file-max'; `instead` where it is not shown. */
export function readKernelSetting(path: string, instead: number): number {
  const [first = ''] = readText(`/proc/sys/${path}`).trim().split(/\s+/);
  return /^\d+$/.test(first) ? Number(first) : instead;
}

function limitIn(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Infinity;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
