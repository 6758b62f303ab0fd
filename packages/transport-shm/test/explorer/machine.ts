// The machine the two sides run on: memory with a store buffer for each side, wake-ups, death and restart. A state and a
// step from it determine the next state; nothing is chosen here, that is `explore.ts`. What must never happen is noticed
// here, in whichever state it happens.
import {
  HEADER_BYTES,
  HEAD_OFFSET,
  READER_CLOSED_OFFSET,
  TAIL_OFFSET,
  WRITER_CLOSED_OFFSET,
} from '../../src/ring-buffer-layout.ts';
import type { Access, History, Moment } from './history.ts';

export type SideName = 'writer' | 'reader';

export interface Model {
  readonly capacityBytes: number;
  /** Where head and tail stand in the beginning. */
  readonly startPosition: number;
  /** Lives of each side: the next one begins, at any time, after the one before it was killed. */
  readonly writer: readonly History[];
  readonly reader: readonly History[];
  /** Sides that may be killed, in every life and at every step. */
  readonly mayDie: readonly SideName[];
  /** Frames a reader may repeat of those the one before it had read: the batch in which that one died. */
  readonly batchFrames: number;
  /** `counter` keeps a wake-up until the side sleeps, as an eventfd does; `futex` wakes only who sleeps already. */
  readonly wakeUps: 'counter' | 'futex';
  /**
   * `fenced`: an atomic store makes all plain ones before it visible, and whoever looks at those earlier is caught.
   * `unfenced`: atomic stores are buffered behind the plain ones, so that a load behind a store may come before it.
   * `unordered`: buffered stores become visible in any order, plain or atomic.
   */
  readonly stores: 'fenced' | 'unfenced' | 'unordered';
  /** False for a kernel that keeps a death to itself. */
  readonly deathWakes: boolean;
}

interface BufferedStore {
  readonly offset: number;
  readonly value: number;
}

interface Side {
  readonly life: number;
  readonly moment: Moment;
  readonly isDead: boolean;
  readonly isParked: boolean;
  /** Woken, or the peer died; lasts until the side sleeps. */
  readonly isDue: boolean;
  /** Stored, and not visible to the peer yet. */
  readonly buffer: readonly BufferedStore[];
}

export interface State {
  /** The words that are ever stored: the first of each line of the header, then the data. */
  readonly memory: readonly number[];
  readonly writer: Side;
  readonly reader: Side;
  readonly published: readonly number[];
  /** Where in `published` the present reader began, -1 before its first frame, and how far any reader has come. */
  readonly firstRead: number;
  readonly mostRead: number;
}

export interface Step {
  readonly type: 'run' | 'flush' | 'kill' | 'restart';
  readonly side: SideName;
  /** Which buffered store becomes visible; how many of them did before the kill. */
  readonly index: number;
}

/** Something happened that must never happen. */
export class Violation extends Error {}

const SIDES: readonly SideName[] = ['writer', 'reader'];
const LINE_BYTES = HEAD_OFFSET - TAIL_OFFSET;
const HEADER_WORDS = HEADER_BYTES / LINE_BYTES;

export function firstState(model: Model): State {
  const memory = Array.from({ length: HEADER_WORDS + model.capacityBytes / 4 }, () => 0);
  memory[indexOf(TAIL_OFFSET)] = model.startPosition;
  memory[indexOf(HEAD_OFFSET)] = model.startPosition;
  return {
    memory,
    writer: born(model.writer, 0),
    reader: born(model.reader, 0),
    published: [],
    firstRead: -1,
    mostRead: 0,
  };
}

/** All that determines what can happen from here. */
export function keyOf(state: State): string {
  const { memory, writer, reader, published, firstRead, mostRead } = state;
  return `${sideKey(writer)};${sideKey(reader)};${published.join()};${firstRead},${mostRead};${memory.join()}`;
}

/** Everything that may happen next. When only deaths are left, nothing more happens on its own. */
export function stepsFrom(model: Model, state: State): Step[] {
  const steps: Step[] = [];
  for (const side of SIDES) {
    const { buffer, isDead, life, moment } = state[side];
    if (isDead) {
      if (life + 1 < model[side].length) steps.push({ type: 'restart', side, index: 0 });
      continue;
    }
    if (canRun(model, state, side)) steps.push({ type: 'run', side, index: 0 });
    if (model.stores !== 'fenced') {
      const flushable = model.stores === 'unordered' ? buffer.length : Math.min(1, buffer.length);
      for (let index = 0; index < flushable; index += 1) steps.push({ type: 'flush', side, index });
    }
    if (moment.access.type !== 'end' && model.mayDie.includes(side)) {
      for (let index = 0; index <= buffer.length; index += 1) steps.push({ type: 'kill', side, index });
    }
  }
  return steps;
}

/** The state after `step`. Throws a Violation when the step did what must never happen. */
export function take(model: Model, state: State, step: Step): State {
  const { side } = step;
  switch (step.type) {
    case 'run':
      return run(model, state, side);
    case 'flush':
      return flush(state, side, step.index);
    case 'kill':
      return kill(model, state, side, step.index);
    case 'restart':
      return restart(model, state, side);
  }
}

/** Throws a Violation when the machine rests and somebody still had something to do. */
export function checkRest(model: Model, state: State): void {
  const { memory, writer, reader, published, mostRead } = state;
  const isWriterThrough = isGone(model, state, 'writer') || memory[indexOf(WRITER_CLOSED_OFFSET)] === 1;
  if (!reader.isDead && memory[indexOf(READER_CLOSED_OFFSET)] === 0) {
    if (mostRead < published.length) {
      throw new Violation(
        `frame ${published[mostRead]!} was published and is never delivered: ${tell(reader)}`,
      );
    }
    if (isWriterThrough && !hasEnded(reader))
      throw new Violation('the reader sleeps and never learns of the end');
  }
  if (!writer.isDead && !hasEnded(writer)) {
    throw new Violation(`the writer has more to send and sleeps for ever, the reader: ${tell(reader)}`);
  }
}

function hasEnded({ moment }: Side): boolean {
  return moment.access.type === 'end';
}

function tell({ isDead, moment: { access } }: Side): string {
  if (isDead) return 'dead';
  return access.type === 'end' ? access.outcome : access.type;
}

function canRun(model: Model, state: State, name: SideName): boolean {
  const { moment, buffer, isParked, isDue } = state[name];
  switch (moment.access.type) {
    case 'end':
      return false;
    case 'sleep':
      if (model.stores !== 'fenced' && buffer.length > 0) return false;
      return isDue || (model.wakeUps === 'futex' && !isParked);
    default:
      return model.stores === 'fenced' || buffer.length === 0 || !isCall(moment.access);
  }
}

function run(model: Model, state: State, name: SideName): State {
  const side = state[name];
  const { access, announced } = side.moment;
  switch (access.type) {
    case 'load':
    case 'read':
      return goOn(model, state, name, look(model, state, name, access.offset));
    case 'write':
    case 'store': {
      const isTail = name === 'writer' && access.offset === TAIL_OFFSET;
      const published = isTail ? [...state.published, announced] : state.published;
      const buffered = { ...state, published, [name]: { ...side, buffer: [...side.buffer, access] } };
      const isVisible = access.type === 'store' && model.stores === 'fenced';
      return goOn(model, isVisible ? flushAll(buffered, name) : buffered, name, 0);
    }
    case 'sleep': {
      const mustPark =
        model.wakeUps === 'futex' && !side.isDue && state.memory[indexOf(access.flagOffset)] === 1;
      if (mustPark) return { ...state, [name]: { ...side, isParked: true } };
      return goOn(model, { ...state, [name]: { ...side, isDue: false, isParked: false } }, name, 0);
    }
    case 'wakePeer':
      return goOn(model, wake(model, state, peerOf(name)), name, 0);
    case 'isPeerGone':
      return goOn(model, state, name, isGone(model, state, peerOf(name)) ? 1 : 0);
    case 'end':
      throw new TypeError('Nothing comes after the end.');
  }
}

/** Dead, and nobody will take its place. */
function isGone(model: Model, state: State, name: SideName): boolean {
  return state[name].isDead && state[name].life + 1 === model[name].length;
}

function wake(model: Model, state: State, name: SideName): State {
  const side = state[name];
  if (side.isDead) return state;
  if (model.wakeUps === 'counter') return { ...state, [name]: { ...side, isDue: true } };
  if (!side.isParked) return state;
  return goOn(model, { ...state, [name]: { ...side, isParked: false } }, name, 0);
}

/** What a side sees at `offset`: its own latest store, or what is visible. */
function look(model: Model, state: State, name: SideName, offset: number): number {
  const isThere = (store: BufferedStore): boolean => store.offset === offset;
  if (model.stores === 'fenced' && state[peerOf(name)].buffer.some(isThere)) {
    throw new Violation(`the ${name} looks at byte ${offset} while its peer writes there`);
  }
  return state[name].buffer.findLast(isThere)?.value ?? state.memory[indexOf(offset)]!;
}

function flush(state: State, name: SideName, index: number): State {
  const { buffer } = state[name];
  const { offset, value } = buffer[index]!;
  return {
    ...state,
    memory: state.memory.with(indexOf(offset), value),
    [name]: { ...state[name], buffer: buffer.toSpliced(index, 1) },
  };
}

function flushAll(state: State, name: SideName): State {
  const memory = [...state.memory];
  for (const { offset, value } of state[name].buffer) memory[indexOf(offset)] = value;
  return { ...state, memory, [name]: { ...state[name], buffer: [] } };
}

/** The stores that were made become visible, whatever becomes of the process; those after the first `stores` were not. */
function kill(model: Model, state: State, name: SideName, stores: number): State {
  const { buffer } = state[name];
  const cut = { ...state, [name]: { ...state[name], buffer: buffer.slice(0, stores) } };
  const killed = flushAll(cut, name);
  const peer = killed[peerOf(name)];
  return {
    ...killed,
    [name]: { ...killed[name], isDead: true, isParked: false, isDue: false },
    [peerOf(name)]: { ...peer, isDue: peer.isDue || (model.deathWakes && !peer.isDead) },
  };
}

function restart(model: Model, state: State, name: SideName): State {
  const reborn = { ...state, [name]: born(model[name], state[name].life + 1) };
  return name === 'reader' ? { ...reborn, firstRead: -1 } : reborn;
}

function goOn(model: Model, state: State, name: SideName, answer: number): State {
  const side = state[name];
  const moment = model[name][side.life]!.next(side.moment, answer);
  const next: State = { ...state, [name]: { ...side, moment } };
  const { access } = moment;
  if (access.type === 'end' && access.outcome.startsWith('threw')) {
    throw new Violation(`the ${name} ${access.outcome}`);
  }
  const checked = name === 'reader' ? deliver(model, next, side.moment.delivered.length) : next;
  // Nobody else can tell when a plain store was made before it becomes visible.
  return access.type === 'write' ? run(model, checked, name) : checked;
}

/** Checks what the reader delivered in its last step: published frames, in order, none twice, none left out. */
function deliver(model: Model, state: State, deliveredBefore: number): State {
  const { published, reader } = state;
  const { delivered } = reader.moment;
  let { firstRead, mostRead } = state;
  for (let index = deliveredBefore; index < delivered.length; index += 1) {
    const id = delivered[index]!;
    if (id < 0) throw new Violation(`a frame came whose bytes nobody wrote like that`);
    if (firstRead < 0) firstRead = published.indexOf(id);
    if (firstRead < 0 || published[firstRead + index] !== id) {
      throw new Violation(`frame ${id} was delivered; published: ${published.join()}, from ${firstRead}`);
    }
    if (firstRead > mostRead) throw new Violation(`frames from ${mostRead} to ${firstRead} were left out`);
    if (firstRead < mostRead - model.batchFrames && index === 0) {
      throw new Violation(`frame ${id} was read before, and not in the last batch`);
    }
    mostRead = Math.max(mostRead, firstRead + index + 1);
  }
  return { ...state, firstRead, mostRead };
}

function born(lives: readonly History[], life: number): Side {
  return {
    life,
    moment: lives[life]!.beginning,
    isDead: false,
    isParked: false,
    isDue: false,
    buffer: [],
  };
}

/** Calls of the kernel come after everything before them. */
function isCall({ type }: Access): boolean {
  return type === 'wakePeer' || type === 'isPeerGone' || type === 'sleep';
}

function indexOf(offset: number): number {
  return offset < HEADER_BYTES ? offset / LINE_BYTES : HEADER_WORDS + (offset - HEADER_BYTES) / 4;
}

function peerOf(name: SideName): SideName {
  return name === 'writer' ? 'reader' : 'writer';
}

function sideKey({ life, moment, isDead, isParked, isDue, buffer }: Side): string {
  const flags = (isDead ? 1 : 0) + (isParked ? 2 : 0) + (isDue ? 4 : 0);
  return `${life}.${moment.id}.${flags}${buffer.map(({ offset, value }) => `/${offset}=${value}`).join('')}`;
}
