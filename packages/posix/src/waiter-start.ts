// How the waiter thread is started, and why it could not be, as an error of the call that needed it.
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { closeDescriptor, duplicateDescriptor } from './descriptor.ts';
import { SystemError } from './system-error.ts';
import { APPLIED, END, type WaiterOptions } from './waiter-control.ts';

// What a thread opens at a time while it starts. Where there are fewer it ends, and says so when the call is long over.
const DESCRIPTORS_TO_START = 6;
// One that runs takes less than 1 ms, one that has only begun 20 to 60.
const LONGEST_END_MS = 500;

const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Throws a `SystemError` where there may be no more threads. */
export function startWaiterThread(options: WaiterOptions): Worker {
  // From source the loader that runs this file has to run the thread's too; built code needs none of the process's flags.
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(isSource ? './waiter-thread-entry.ts' : './waiter-thread-entry.js', import.meta.url);
  try {
    return new Worker(entry, { workerData: options, ...(isSource ? {} : { execArgv: [], env: {} }) });
  } catch (error) {
    throw threadRefusal(error);
  }
}

// Node has the errno in its sentence only.
function threadRefusal(error: unknown): unknown {
  const name = error instanceof Error ? /\bE[A-Z]+$/.exec(error.message)?.[0] : undefined;
  const errno = Object.entries(constants.errno).find(([code]) => code === name)?.[1];
  if (name === undefined || errno === undefined) return error;
  return new SystemError({ code: name, errno, syscall: 'pthread_create', subject: 'the waiter thread' });
}

/** Throws EMFILE or ENFILE unless `fd` can be had as often again as a thread that starts opens descriptors. */
export function checkDescriptorsLeft(fd: number): void {
  const taken: number[] = [];
  try {
    while (taken.length < DESCRIPTORS_TO_START) taken.push(duplicateDescriptor(fd));
  } finally {
    for (const one of taken) closeDescriptor(one);
  }
}

/**
 * Blocks until a thread that was told to end makes no more C calls, for half a second at most: before the process exits. Node 26 aborts
 * when it ends a thread that is in the midst of one, or is loading an addon.
 */
export function awaitLastCall(words: Int32Array): void {
  const deadline = performance.now() + LONGEST_END_MS;
  while (Atomics.load(words, APPLIED) !== END && performance.now() < deadline) Atomics.wait(pause, 0, 0, 1);
}
