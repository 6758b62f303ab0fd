// The waiter thread itself, the first file its Worker runs. It waits in C for a while, tells its owner what was rung, and goes
// round its event loop before it waits again: a thread that does not could never be ended, and no exit would get past it.
import { parentPort, workerData } from 'node:worker_threads';
import {
  FutexSource,
  FutexWaitList,
  WORDS_PER_WAIT,
  canWaitForWords,
  openDoorbell,
  type RingSource,
} from './doorbell-wait.ts';
import { ringEventDescriptor } from './event-descriptor.ts';
import { memoryAt } from './libc.ts';
import {
  APPLIED,
  CONTROL_BYTES,
  END,
  FIRST_SLOT,
  GENERATION,
  LONGEST_WAIT_MS,
  TURN_MS,
  type DoorbellList,
  type WaiterOptions,
} from './waiter-control.ts';

interface Listed {
  readonly slot: number;
  readonly source: RingSource;
}

const options = workerData as WaiterOptions;
const control = new Int32Array(memoryAt(options.controlAddress, CONTROL_BYTES));
const canWaitTogether = canWaitForWords();

let generation = 0;
let listed: ReadonlyMap<number, Listed> = new Map();
let waits: ((timeoutMs: number) => Listed | undefined)[] = [];
let nextWait = 0;

parentPort?.on('message', apply);
apply(options.list);
turn();

function turn(): void {
  const wanted = Atomics.load(control, GENERATION);
  if (wanted === END) {
    Atomics.store(control, APPLIED, END);
    parentPort?.close();
    return;
  }
  // Otherwise a newer list is on its way and arrives in the turn of the loop that follows.
  if (wanted === generation) waitForRing();
  setImmediate(turn);
}

function waitForRing(): void {
  const wait = waits[nextWait];
  nextWait = nextWait + 1 < waits.length ? nextWait + 1 : 0;
  // As it stood: what turns out to be gone while it is waited for leaves the list, and its owner is to be told.
  const standing = listed;
  const waitedFor = wait?.(waits.length === 1 ? LONGEST_WAIT_MS : TURN_MS);
  let isRung = false;
  for (const [key, one] of standing) {
    if (one !== waitedFor && !attempt(key, () => one.source.take())) continue;
    Atomics.store(control, FIRST_SLOT + one.slot, 1);
    isRung = true;
  }
  if (isRung) ringEventDescriptor(options.eventDescriptor);
}

function apply(list: DoorbellList): void {
  // A source that stays keeps what it has seen, or a ring between two lists would be missed or told twice.
  listed = new Map(
    list.doorbells.map((doorbell) => [
      doorbell.key,
      listed.get(doorbell.key) ?? { slot: doorbell.slot, source: openDoorbell(doorbell) },
    ]),
  );
  generation = list.generation;
  arrangeWaits();
  Atomics.store(control, APPLIED, generation);
  ringEventDescriptor(options.eventDescriptor);
}

function arrangeWaits(): void {
  const words: FutexSource[] = [];
  waits = [];
  nextWait = 0;
  for (const [key, one] of listed) {
    if (canWaitTogether && one.source instanceof FutexSource) words.push(one.source);
    else waits.push((timeoutMs) => (attempt(key, () => one.source.wait(timeoutMs)) ? one : undefined));
  }
  // The thread's own word is among them, so that its owner can wake it for a newer list.
  // No new view of it: this also runs while the process exits, and koffi aborts the process when it can make none.
  const word = control.subarray(GENERATION, GENERATION + 1);
  const own = new FutexSource(options.controlAddress + BigInt(GENERATION * 4), generation, word);
  for (let first = 0; first < words.length || waits.length === 0; first += WORDS_PER_WAIT) {
    const together = new FutexWaitList([own, ...words.slice(first, first + WORDS_PER_WAIT)]);
    waits.push((timeoutMs) => {
      together.wait(timeoutMs);
      return undefined;
    });
  }
}

// What fails is gone: a semaphore that was removed. It counts as rung, once; its owner looks and learns why.
function attempt(key: number, operation: () => boolean): boolean {
  try {
    return operation();
  } catch {
    listed = new Map([...listed].filter(([other]) => other !== key));
    arrangeWaits();
    return true;
  }
}
