// Wake-ups that no event loop can wait for: words and semaphores. One thread of this process waits for all of them and tells the
// event loop through an eventfd. It runs while somebody watches, and never keeps the process alive.
import { Worker } from 'node:worker_threads';
import { closeDescriptor } from './descriptor.ts';
import { clearEventDescriptor, createEventDescriptor } from './event-descriptor.ts';
import { futexWake } from './futex.ts';
import { addressOf } from './libc.ts';
import { createMemfdSegment } from './memfd-segment.ts';
import { watchDescriptor, type DescriptorWatch } from './poll.ts';
import { ringPosixSemaphore } from './posix-semaphore.ts';
import { ringSysvSemaphore } from './sysv-semaphore.ts';
import {
  APPLIED,
  CONTROL_BYTES,
  END,
  FIRST_SLOT,
  GENERATION,
  SLOTS,
  type DoorbellList,
  type DoorbellTarget,
  type WaiterOptions,
} from './waiter-control.ts';

/**
 * What can be rung: a word by `ringFutex`, a semaphore by `ringPosixSemaphore` or `ringSysvSemaphore`. One waiter each: nobody
 * else waits for it or clears it while it is watched.
 */
export type RingTarget =
  | { readonly type: 'futex'; readonly buffer: ArrayBuffer; readonly byteOffset: number }
  | { readonly type: 'posix-sem'; readonly buffer: ArrayBuffer; readonly byteOffset: number }
  | { readonly type: 'sysv-sem'; readonly id: number };

/** Something that is waited for. */
export interface RingWatch {
  /**
   * No callback comes from now on; twice is once. The memory stays mapped for as long as the thread may look at it; a
   * semaphore may be removed right after.
   */
  close(): void;
}

interface Watched {
  readonly key: number;
  readonly slot: number;
  readonly target: RingTarget;
  readonly doorbell: DoorbellTarget;
  readonly callback: () => void;
}

let current: WaiterThread | undefined;

/**
 * Calls back from the event loop after `target` was rung, once for any number of rings, and now and then for none: a hint to
 * look at the lanes. A word counts from the value it has now, a semaphore from the rings it holds; look after this call for
 * what came before. Words are waited for together, and so is one semaphore alone. Several semaphores, or some beside words,
 * are waited for in turns of 2 ms, which is how much later a ring may be seen then. Have one a process, not one a lane.
 */
export function watchRings(target: RingTarget, callback: () => void): RingWatch {
  current ??= new WaiterThread(() => (current = undefined));
  return current.watch(target, callback);
}

class WaiterThread {
  readonly #onEnd: () => void;
  readonly #control = createMemfdSegment(CONTROL_BYTES);
  readonly #memory = this.#control.buffer;
  readonly #words = new Int32Array(this.#memory);
  readonly #event = createEventDescriptor();
  readonly #eventWatch: DescriptorWatch;
  readonly #watched = new Map<number, Watched>();
  readonly #freeSlots: number[] = [];
  // Given up by their owners, perhaps still looked at by the thread: the generation after which it does not.
  readonly #leaving = new Map<Watched, number>();
  readonly #wakeBeforeExit = (): void => {
    this.#wake(END);
  };
  #worker: Worker | undefined;
  #nextKey = 0;
  #generation = 1;
  #changed = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#control.withdraw();
    this.#eventWatch = watchDescriptor(this.#event, () => {
      this.#dispatch();
    });
    this.#eventWatch.update({ readable: true });
    this.#eventWatch.unref();
    process.once('exit', this.#wakeBeforeExit);
  }

  watch(target: RingTarget, callback: () => void): RingWatch {
    if (this.#watched.size + this.#leaving.size >= SLOTS) {
      throw new RangeError(
        `The waiter thread watches up to ${SLOTS} things; share one between several lanes`,
      );
    }
    const key = this.#nextKey++;
    const slot = this.#freeSlots.pop() ?? this.#watched.size + this.#leaving.size;
    const one: Watched = { key, slot, target, doorbell: locate(target), callback };
    this.#watched.set(key, one);
    this.#update();
    return {
      close: () => {
        if (!this.#watched.delete(key)) return;
        this.#leaving.set(one, this.#generation + 1);
        if (this.#watched.size === 0) this.#end();
        else this.#update();
      },
    };
  }

  // One list for all changes of a turn.
  #update(): void {
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => {
      this.#changed = false;
      if (this.#watched.size > 0) this.#sendList();
    });
  }

  #sendList(): void {
    const doorbells = [...this.#watched.values()].map(({ key, slot, doorbell }) => ({
      key,
      slot,
      ...doorbell,
    }));
    const list: DoorbellList = { generation: ++this.#generation, doorbells };
    if (this.#worker === undefined) {
      Atomics.store(this.#words, GENERATION, list.generation);
      this.#worker = this.#start(list);
      return;
    }
    this.#worker.postMessage(list);
    this.#wake(list.generation);
  }

  #start(list: DoorbellList): Worker {
    // From source the loader that runs this file has to run the thread's too; built code needs none of the process's flags.
    const isSource = import.meta.url.endsWith('.ts');
    const entry = new URL(
      isSource ? './waiter-thread-entry.ts' : './waiter-thread-entry.js',
      import.meta.url,
    );
    const options: WaiterOptions = {
      controlAddress: addressOf(this.#words),
      eventDescriptor: this.#event,
      list,
    };
    const worker = new Worker(entry, {
      workerData: options,
      ...(isSource ? {} : { execArgv: [], env: {} }),
    });
    worker.unref();
    worker.once('exit', () => {
      // Not earlier: the thread would write into whatever got the number next.
      closeDescriptor(this.#event);
      this.#control.close();
      this.#leaving.clear();
    });
    return worker;
  }

  // The word is looked at before every wait; waking what it may be waiting for only spares the rest of that wait.
  #wake(generation: number): void {
    Atomics.store(this.#words, GENERATION, generation);
    futexWake(this.#memory, GENERATION * 4, 1);
    for (const { target } of [...this.#watched.values(), ...this.#leaving.keys()]) interrupt(target);
  }

  #dispatch(): void {
    clearEventDescriptor(this.#event);
    this.#release();
    for (const { key, slot, callback } of [...this.#watched.values()]) {
      if (Atomics.exchange(this.#words, FIRST_SLOT + slot, 0) === 0 || !this.#watched.has(key)) continue;
      try {
        callback();
      } catch (error) {
        setImmediate(() => {
          throw error;
        });
      }
    }
  }

  #release(): void {
    if (this.#leaving.size === 0) return;
    const applied = Atomics.load(this.#words, APPLIED);
    for (const [one, generation] of this.#leaving) {
      if (generation > applied) continue;
      this.#leaving.delete(one);
      Atomics.store(this.#words, FIRST_SLOT + one.slot, 0);
      this.#freeSlots.push(one.slot);
    }
  }

  #end(): void {
    this.#onEnd();
    this.#eventWatch.close();
    process.off('exit', this.#wakeBeforeExit);
    if (this.#worker !== undefined) {
      this.#wake(END);
      // It ends at once, unless it has only begun: Node 26 aborts when it has to end a thread that is loading an addon.
      this.#worker.ref();
      return;
    }
    closeDescriptor(this.#event);
    this.#control.close();
  }
}

function locate(target: RingTarget): DoorbellTarget {
  if (target.type === 'sysv-sem') return target;
  const { type, buffer, byteOffset } = target;
  const word = new Int32Array(buffer, byteOffset, 1);
  const address = addressOf(word);
  return type === 'futex' ? { type, address, seen: Atomics.load(word, 0) } : { type, address };
}

function interrupt(target: RingTarget): void {
  if (target.type === 'futex') futexWake(target.buffer, target.byteOffset, 1);
  else if (target.type === 'posix-sem') ringPosixSemaphore(target.buffer, target.byteOffset);
  else ringSysvSemaphore(target.id);
}
