// What the kernel says of a process by its number: for children of this one, whose number nobody else can have before this process
// has heard of their end.
import { readFileSync, readdirSync } from 'node:fs';

// The kernel's letter for the state: R runs, S and D sleep, T and t are stopped, Z is dead. Undefined when there is no such process.
function processStatus(pid: number): string | undefined {
  try {
    // The state stands behind the name, which may hold anything.
    const status = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return status.charAt(status.lastIndexOf(')') + 2);
  } catch {
    return undefined;
  }
}

/** Whether a child that was not yet heard to end runs: the kernel knows first. One that is dead and not reaped is a zombie. */
export function isAlive(pid: number): boolean {
  const status = processStatus(pid);
  return status !== undefined && status !== 'Z' && status !== 'X';
}

/** Whether it was stopped by a signal, or by a debugger. */
export function isStopped(pid: number): boolean {
  const status = processStatus(pid);
  return status === 'T' || status === 't';
}

/** The threads of a process, by number; none when it is gone. */
export function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`).map(Number);
  } catch {
    return [];
  }
}
