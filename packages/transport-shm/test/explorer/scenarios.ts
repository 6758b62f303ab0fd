// What the two sides do in the explorer: send a few frames, read them all, sleep and wake as a lane does. The programs use
// the ring as a transport uses it; a twin leaves out one thing a transport must do, and is there to be found.
import { HEADER_BYTES, READER_SLEEPS_OFFSET, WRITER_WAITS_OFFSET } from '../../src/ring-buffer-layout.ts';
import { History } from './history.ts';
import type { Host, Program } from './history.ts';
import type { RingWriter } from '../../src/ring-writer.ts';
import type { Model } from './machine.ts';
import { loadRing, stateOf } from './ring-source.ts';
import type { Ring } from './ring-source.ts';

const ring = loadRing();

export type Twin =
  | 'loses wake-ups of the reader'
  | 'loses wake-ups of the writer'
  | 'does not drain'
  | 'looks for room only before it waits';

export interface Scenario {
  readonly capacityBytes: number;
  /** Bytes of each frame, multiples of 4. */
  readonly frames: readonly number[];
  readonly startPosition?: number;
  readonly batchFrames?: number;
  readonly mayDie?: Model['mayDie'];
  /** Lives of a side; with more than one, another takes over when it dies. */
  readonly writers?: number;
  readonly readers?: number;
  /** Frames after which the reader closes. */
  readonly enough?: number;
  /** How often a writer that was refused looks for room before it waits, each time; by default it waits at once. */
  readonly looks?: number;
  readonly wakeUps?: Model['wakeUps'];
  readonly stores?: Model['stores'];
  readonly deathWakes?: boolean;
  readonly twin?: Twin;
}

const LANE = 'the ring of the explorer';

export function modelOf(scenario: Scenario, classes: Ring = ring): Model {
  const { writers = 1, readers = 1 } = scenario;
  return {
    capacityBytes: scenario.capacityBytes,
    startPosition: scenario.startPosition ?? 0,
    writer: Array.from({ length: writers }, (_, life) => new History(writerProgram(scenario, classes, life))),
    reader: Array.from({ length: readers }, () => new History(readerProgram(scenario, classes))),
    mayDie: scenario.mayDie ?? [],
    batchFrames: scenario.batchFrames ?? 2,
    wakeUps: scenario.wakeUps ?? 'counter',
    stores: scenario.stores ?? 'fenced',
    deathWakes: scenario.deathWakes ?? true,
  };
}

function writerProgram(scenario: Scenario, classes: Ring, life: number): Program {
  const { frames, capacityBytes, writers = 1, looks = 0, twin } = scenario;
  return (host) => {
    const writer = new classes.RingWriter(host.memory, { capacityBytes, lane: LANE });
    const wakeReader = (mustWake: boolean): void => {
      if (mustWake && twin !== 'loses wake-ups of the reader') host.wakePeer();
    };
    for (const [index, bytes] of frames.entries()) {
      host.checkpoint(`${index} ${stateOf(writer)}`);
      let offset = writer.claim(bytes);
      while (offset < 0) {
        if (writer.isReaderClosed || host.isPeerGone()) return 'lost the reader';
        if (looks === 0) {
          if (writer.beginWait(bytes)) host.sleep(WRITER_WAITS_OFFSET);
          writer.endWait();
        } else waitAfterLooking(host, writer, bytes, { index, looks, twin });
        host.checkpoint(`${index} ${stateOf(writer)}`);
        offset = writer.claim(bytes);
      }
      const id = frameId(life, index, bytes);
      for (let at = 0; at < bytes; at += 4) host.memory.write(offset + at, id);
      host.announce(id);
      wakeReader(writer.commit(bytes));
    }
    // A lane that is closed stays closed; one whose writer has a successor goes on.
    if (writers === 1) wakeReader(writer.close());
    return 'sent everything';
  };
}

/** As `ShmSender` waits: awake for a while, then asleep until it is rung, and none the wiser when it was for another lane. */
function waitAfterLooking(
  host: Host,
  writer: RingWriter,
  bytes: number,
  { index, looks, twin }: { readonly index: number; readonly looks: number; readonly twin: Twin | undefined },
): void {
  for (let look = 1; look <= looks; look += 1) {
    host.checkpoint(`${index} look ${look} ${stateOf(writer)}`);
    if (writer.hasRoomAgain(bytes) || writer.isReaderClosed) return;
  }
  if (twin === 'looks for room only before it waits') host.memory.store(WRITER_WAITS_OFFSET, 1);
  else if (!writer.beginWait(bytes)) return;
  host.sleep(WRITER_WAITS_OFFSET);
}

function readerProgram(scenario: Scenario, classes: Ring): Program {
  const { capacityBytes, batchFrames = 2, enough = Infinity, twin } = scenario;
  return (host) => {
    const reader = new classes.RingReader(host.memory, { capacityBytes, lane: LANE });
    let frames = 0;
    const onFrame = (start: number, end: number): void => {
      frames += 1;
      deliver(host, start, end);
    };
    for (;;) {
      host.checkpoint(stateOf(reader));
      const isWriterGone = host.isPeerGone();
      if (isWriterGone && twin === 'does not drain') return 'lost the writer';
      while (reader.poll(batchFrames, onFrame) > 0) {
        if (reader.takeWakeOfWriter() && twin !== 'loses wake-ups of the writer') host.wakePeer();
      }
      if (frames >= enough) {
        if (reader.close()) host.wakePeer();
        return 'closed';
      }
      if (isWriterGone) return 'lost the writer';
      if (reader.hasEnded()) return 'read everything';
      if (reader.beginSleep()) host.sleep(READER_SLEEPS_OFFSET);
      reader.endSleep();
    }
  };
}

/** Every word of a frame is its id, which tells its length too: bytes of another frame, or none, do not go unnoticed. */
function deliver(host: Host, start: number, end: number): void {
  const first = host.memory.read(start);
  let isWhole = start >= HEADER_BYTES && end - start === first % 1000;
  for (let at = start + 4; at < end; at += 4) isWhole = host.memory.read(at) === first && isWhole;
  host.deliver(isWhole ? first : -1);
}

function frameId(life: number, index: number, bytes: number): number {
  return (life + 1) * 1_000_000 + (index + 1) * 1000 + bytes;
}
