// Wake-ups that no event loop can wait for: words and semaphores. One thread of this process waits for all of them and tells the
// event loop through an eventfd. It runs while somebody watches, and never keeps the process alive.
import type { Worker } from 'node:worker_threads';
import { closeDescriptor } from './descriptor.ts';
import { clearEventDescriptor, createEventDescriptor } from './event-descriptor.ts';
import { futexWake } from './futex.ts';
import { addressOf } from './libc.ts';
import { createMemfdSegment, type MemfdSegment } from './memfd-segment.ts';
import { watchDescriptor, type DescriptorWatch } from './poll.ts';
import { interruptWait, locateTarget, type RingTarget } from './ring-target.ts';
import { SystemError } from './system-error.ts';
import {
  APPLIED,
  CONTROL_BYTES,
  END,
  FIRST_SLOT,
  GENERATION,
  SLOTS,
  type DoorbellList,
  type DoorbellTarget,
} from './waiter-control.ts';
import { awaitLastCall, checkDescriptorsLeft, startWaiterThread } from './waiter-start.ts';

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

// Without a thread watchers are told so often to look for themselves, and a new one is tried now and then.
const LOOK_MS = 10;
const LOOKS_PER_START = 100;

let current: WaiterThread | undefined;

/**
 * Calls back from the event loop after `target` was rung, once for any number of rings, and now and then for none: a hint to
 * look at the lanes. A word counts from the value it has now, a semaphore from the rings it holds; look after this call for
 * what came before. Words are waited for together, and so is one semaphore alone. Several semaphores, or some beside words,
 * are waited for in turns of 2 ms, which is how much later a ring may be seen then. Have one a process, not one a lane.
 *
 * Throws EMFILE or ENFILE where the thread has too few descriptors to start, EAGAIN where there may be no more threads. One that
 * ends later, for whatever reason, is started again; until it runs, which a warning of the process tells, callbacks come every 10 ms.
 */
export function watchRings(target: RingTarget, callback: () => void): RingWatch {
  if (current !== undefined) return current.watch(target, callback);
  const thread = new WaiterThread(() => (current = undefined));
  const watch = thread.watchFirst(target, callback);
  current = thread;
  return watch;
}

class WaiterThread {
  readonly #onEnd: () => void;
  readonly #control: MemfdSegment;
  readonly #memory: ArrayBuffer;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #event: number;
  readonly #eventWatch: DescriptorWatch;
  readonly #watched = new Map<number, Watched>();
  readonly #freeSlots: number[] = [];
  // Given up by their owners, perhaps still looked at by the thread: the generation after which it does not.
  readonly #leaving = new Map<Watched, number>();
  readonly #wakeBeforeExit = (): void => {
    this.#wake(END);
    if (this.#worker !== undefined) awaitLastCall(this.#words);
  };
  #worker: Worker | undefined;
  #looking: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #nextKey = 0;
  #generation = 1;
  #changed = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    const control = createMemfdSegment(CONTROL_BYTES);
    let event: number | undefined;
    try {
      control.withdraw();
      event = createEventDescriptor();
      this.#eventWatch = watchDescriptor(event, () => {
        this.#dispatch();
      });
    } catch (error) {
      if (event !== undefined) closeDescriptor(event);
      control.close();
      throw error;
    }
    this.#control = control;
    this.#memory = control.buffer;
    this.#words = new Int32Array(this.#memory);
    this.#event = event;
    this.#eventWatch.update({ readable: true });
    this.#eventWatch.unref();
    process.once('exit', this.#wakeBeforeExit);
  }

  /** Nothing is left when it throws, of this thread either. */
  watchFirst(target: RingTarget, callback: () => void): RingWatch {
    try {
      const watch = this.#add(target, callback);
      this.#start();
      return watch;
    } catch (error) {
      this.#watched.clear();
      this.#end();
      throw error;
    }
  }

  watch(target: RingTarget, callback: () => void): RingWatch {
    const watch = this.#add(target, callback);
    this.#update();
    return watch;
  }

  #add(target: RingTarget, callback: () => void): RingWatch {
    if (this.#watched.size + this.#leaving.size >= SLOTS) {
      throw new RangeError(
        `The waiter thread watches up to ${SLOTS} things; share one between several lanes`,
      );
    }
    const key = this.#nextKey++;
    const slot = this.#freeSlots.pop() ?? this.#watched.size + this.#leaving.size;
    const one: Watched = { key, slot, target, doorbell: locateTarget(target), callback };
    this.#watched.set(key, one);
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
    // A thread that has yet to be started gets the list then.
    if (this.#worker === undefined) return;
    const list = this.#nextList();
    this.#worker.postMessage(list);
    this.#wake(list.generation);
  }

  #nextList(): DoorbellList {
    const doorbells = [...this.#watched.values()].map(({ key, slot, doorbell }) => ({
      key,
      slot,
      ...doorbell,
    }));
    return { generation: ++this.#generation, doorbells };
  }

  #start(): void {
    checkDescriptorsLeft(this.#event);
    const list = this.#nextList();
    Atomics.store(this.#words, GENERATION, list.generation);
    const worker = startWaiterThread({
      controlAddress: addressOf(this.#words),
      eventDescriptor: this.#event,
      list,
    });
    this.#worker = worker;
    worker.unref();
    let reason: Error | undefined;
    worker.once('error', (error) => (reason = error));
    worker.once('exit', () => {
      this.#worker = undefined;
      // Not earlier: the thread would write into whatever got the number next, or look at what is unmapped.
      if (this.#hasEnded) this.#free();
      else this.#lookWithoutThread(reason);
    });
  }

  #lookWithoutThread(reason: Error | undefined): void {
    Atomics.store(this.#words, APPLIED, this.#generation + 1);
    this.#release();
    Atomics.store(this.#words, APPLIED, 0);
    if (this.#looking !== undefined) return;
    process.emitWarning(
      `The thread that waits for wake-ups has ended: ${reason?.message ?? 'nobody knows why'}. Until another can be started, ` +
        `this process looks every ${LOOK_MS} ms whether it has been woken.`,
      'TroupeWarning',
    );
    let looks = 0;
    this.#looking = setInterval(() => {
      looks += 1;
      if (this.#worker !== undefined && Atomics.load(this.#words, APPLIED) === this.#generation) {
        this.#stopLooking();
      } else if (this.#worker === undefined && looks % LOOKS_PER_START === 0) {
        this.#startAgain();
      }
      for (const one of [...this.#watched.values()]) this.#tell(one);
    }, LOOK_MS);
    this.#looking.unref();
  }

  #startAgain(): void {
    try {
      this.#start();
    } catch (error) {
      // As the warning says: it is tried again.
      if (!(error instanceof SystemError)) throw error;
    }
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  // The word is looked at before every wait; waking what it may be waiting for only spares the rest of that wait.
  #wake(generation: number): void {
    Atomics.store(this.#words, GENERATION, generation);
    futexWake(this.#memory, GENERATION * 4, 1);
    for (const { target } of [...this.#watched.values(), ...this.#leaving.keys()]) interruptWait(target);
  }

  #dispatch(): void {
    clearEventDescriptor(this.#event);
    this.#release();
    for (const one of [...this.#watched.values()]) {
      if (Atomics.exchange(this.#words, FIRST_SLOT + one.slot, 0) !== 0) this.#tell(one);
    }
  }

  #tell({ key, callback }: Watched): void {
    if (!this.#watched.has(key)) return;
    try {
      callback();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
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
    this.#hasEnded = true;
    this.#onEnd();
    this.#stopLooking();
    this.#eventWatch.close();
    if (this.#worker !== undefined) {
      this.#wake(END);
      // It ends at once, unless it has only begun: Node 26 aborts when it has to end a thread that is loading an addon.
      this.#worker.ref();
      return;
    }
    this.#free();
  }

  #free(): void {
    process.off('exit', this.#wakeBeforeExit);
    closeDescriptor(this.#event);
    this.#control.close();
    this.#leaving.clear();
  }
}
