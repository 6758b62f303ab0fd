// Where everything stands in the memory of a ring: one header, then the records. Offsets are bytes from the start of the
// memory; each is the one before it plus a size. Nothing here touches memory: ring-header.ts writes and checks the header,
// ring-buffer.ts moves the positions.
//
//   header                                                          one line is 128 bytes
//
//   0       4       8       12      16      20          32              48              64         128
//   +-------+-------+-------+-------+-------+-----------+---------------+---------------+-- ... ---+
//   | magic |version|layout | page  |capaci-|  reserved | incarnation   | incarnation   | reserved |
//   |       |       | hash  | size  |ty     |           | of the writer | of the reader |          |
//   +-------+-------+-------+-------+-------+-----------+---------------+---------------+-- ... ---+
//   128     132                                                                                  256
//   +-------+---------------------------------------------------------------------------- ... ---+
//   | tail  |  and so on: head, reader sleeps, writer waits, writer closed, reader closed, a line each
//   +-------+---------------------------------------------------------------------------- ... ---+
//
//   record                                     aligned to 8 bytes, never across the end of the data
//
//   0       4       8                 8 + length       next multiple of 8
//   +-------+-------+-- ... ----------+----------------+
//   |length | kind  |  bytes          |  not looked at |
//   +-------+-------+-- ... ----------+----------------+

const WORD_BYTES = 4;
const INCARNATION_BYTES = 16;
// Twice the usual line: processors fetch lines in pairs, and what one side writes must not slow what the other reads.
const LINE_BYTES = 128;

/** Says that the memory holds a ring whose header is complete: the bytes `TRNG`. Stored last, read first. */
export const MAGIC_OFFSET = 0;
/** Version of what the bytes mean. */
export const FORMAT_VERSION_OFFSET = MAGIC_OFFSET + WORD_BYTES;
/** Digest of the names and offsets in this file. */
export const LAYOUT_HASH_OFFSET = FORMAT_VERSION_OFFSET + WORD_BYTES;
/** Bytes of a page of the machine. */
export const PAGE_SIZE_OFFSET = LAYOUT_HASH_OFFSET + WORD_BYTES;
/** Bytes of the data behind the header: a power of two. */
export const CAPACITY_OFFSET = PAGE_SIZE_OFFSET + WORD_BYTES;
/** The node that writes. */
export const WRITER_INCARNATION_OFFSET = 2 * INCARNATION_BYTES;
/** The node that reads. */
export const READER_INCARNATION_OFFSET = WRITER_INCARNATION_OFFSET + INCARNATION_BYTES;
/** Position behind the last published record. Stored by the writer. */
export const TAIL_OFFSET = MAGIC_OFFSET + LINE_BYTES;
/** Position of the first record that was not read. Stored by the reader. */
export const HEAD_OFFSET = TAIL_OFFSET + LINE_BYTES;
/** 1 while the reader sleeps, or is about to, and nobody has undertaken to wake it. */
export const READER_SLEEPS_OFFSET = HEAD_OFFSET + LINE_BYTES;
/** 1 while the writer waits for room, or is about to, and nobody has undertaken to wake it. */
export const WRITER_WAITS_OFFSET = READER_SLEEPS_OFFSET + LINE_BYTES;
/** 1 once the writer will publish nothing more. */
export const WRITER_CLOSED_OFFSET = WRITER_WAITS_OFFSET + LINE_BYTES;
/** 1 once the reader will read nothing more. */
export const READER_CLOSED_OFFSET = WRITER_CLOSED_OFFSET + LINE_BYTES;
/** Bytes of the header; the records begin here. */
export const HEADER_BYTES = READER_CLOSED_OFFSET + LINE_BYTES;

/** Bytes of a record's length field: how many bytes the frame in it has. */
const LENGTH_BYTES = WORD_BYTES;
/** From the start of a record to what it is: `FRAME` or `PADDING`. */
export const KIND_OFFSET = LENGTH_BYTES;
/** From the start of a record to the bytes of its frame. */
export const RECORD_HEADER_BYTES = KIND_OFFSET + WORD_BYTES;
/** Every record begins at a multiple of this. */
export const RECORD_ALIGNMENT_BYTES = 8;

/** Bytes are `TRNG` in the order in which they stand in memory. */
export const MAGIC = 0x474e_5254;
export const FORMAT_VERSION = 1;

/** Kinds of records. 0 is none, so that memory nobody wrote is no record. */
export const FRAME = 1;
/** Closes a lap: the next record stands at the start of the data. */
export const PADDING = 2;

/** A ring's data has from 4 KiB to 1 GiB, and a power of two of them. */
export const MIN_CAPACITY_BYTES = 4 * 1024;
/** The difference of two positions must fit a signed 32-bit number. */
export const MAX_CAPACITY_BYTES = 1024 * 1024 * 1024;

export interface HeaderField {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Every field of the header. What lies between them is reserved and 0. */
export const HEADER_FIELDS: readonly HeaderField[] = [
  word('magic', MAGIC_OFFSET),
  word('format version', FORMAT_VERSION_OFFSET),
  word('layout hash', LAYOUT_HASH_OFFSET),
  word('page size', PAGE_SIZE_OFFSET),
  word('capacity', CAPACITY_OFFSET),
  { name: 'incarnation of the writer', offset: WRITER_INCARNATION_OFFSET, bytes: INCARNATION_BYTES },
  { name: 'incarnation of the reader', offset: READER_INCARNATION_OFFSET, bytes: INCARNATION_BYTES },
  word('tail', TAIL_OFFSET),
  word('head', HEAD_OFFSET),
  word('reader sleeps', READER_SLEEPS_OFFSET),
  word('writer waits', WRITER_WAITS_OFFSET),
  word('writer closed', WRITER_CLOSED_OFFSET),
  word('reader closed', READER_CLOSED_OFFSET),
];

/** Changes with every change of this file that moves a byte. */
export const LAYOUT_HASH = digest(
  [
    ...HEADER_FIELDS.map(({ name, offset, bytes }) => `${name}=${offset}+${bytes}`),
    `header=${HEADER_BYTES}`,
    `kind=${KIND_OFFSET}`,
    `record=${RECORD_HEADER_BYTES}/${RECORD_ALIGNMENT_BYTES}`,
    `kinds=${FRAME},${PADDING}`,
  ].join(';'),
);

/** Bytes a frame of `frameBytes` bytes takes in the ring, header and alignment included. */
export function recordBytes(frameBytes: number): number {
  return (frameBytes + RECORD_HEADER_BYTES + (RECORD_ALIGNMENT_BYTES - 1)) & -RECORD_ALIGNMENT_BYTES;
}

/** Whether a record may begin at this position. */
export function isAligned(position: number): boolean {
  return (position & (RECORD_ALIGNMENT_BYTES - 1)) === 0;
}

/**
 * Most bytes of one frame. Half of the data, for an empty ring must have room wherever its positions stand: behind the
 * record, or behind the padding at the end of the lap, which is shorter than the record.
 */
export function maxRingFrameBytes(capacityBytes: number): number {
  return capacityBytes / 2 - RECORD_HEADER_BYTES;
}

/** Bytes of memory for a ring with `capacityBytes` bytes of data. */
export function ringBytes(capacityBytes: number): number {
  return HEADER_BYTES + capacityBytes;
}

function word(name: string, offset: number): HeaderField {
  return { name, offset, bytes: WORD_BYTES };
}

/** FNV-1a, 32 bits: enough to tell two layouts apart. */
function digest(text: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193);
  }
  return hash;
}
