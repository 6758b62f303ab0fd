// What the kernel says of a process by its number: for children of this one, whose number nobody else can have before this
// process has heard of their end.
import { readFileSync, readdirSync } from 'node:fs';

// A process that is ending and has let go of its memory already, in the kernel's flags.
const EXITING = 0x4;

interface Status {
  /** The kernel's letter: R runs, S and D sleep, T and t are stopped, Z is dead. */
  readonly state: string;
  readonly flags: number;
}

/** Undefined when there is no such process. */
function processStatus(pid: number): Status | undefined {
  try {
    const status = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    // All stands behind the name, which may hold anything.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', flags: Number(fields[6]) };
  } catch {
    return undefined;
  }
}

/** Whether a child that was not yet heard to end runs: the kernel knows first. One that is dead and not reaped is a zombie. */
export function isAlive(pid: number): boolean {
  const status = processStatus(pid);
  return status !== undefined && !'ZX'.includes(status.state) && (status.flags & EXITING) === 0;
}

/** Whether it was stopped by a signal, or by a debugger. */
export function isStopped(pid: number): boolean {
  const state = processStatus(pid)?.state;
  return state === 'T' || state === 't';
}

/** The threads of a process, by number; none when it is gone. */
export function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`).map(Number);
  } catch {
    return [];
  }
}
