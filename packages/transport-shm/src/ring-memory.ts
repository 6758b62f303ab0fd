// The memory of a ring as its two ends see it: 32-bit words at byte offsets. It is a parameter so that a test can record
// every access, hold a store back, or stop a side between two of them; in a process it is always `MappedRingMemory`.
// The bytes of frames are not its matter: whoever claims or reads one has a view of the same memory.

export interface RingMemory {
  /** Reads a word that the peer may store right now. All `load` and `store` of all processes have one order. */
  load(offset: number): number;
  /** Publishes a word, and with it everything this side wrote before. */
  store(offset: number, value: number): void;
  /** Reads a word that no one stores meanwhile. */
  read(offset: number): number;
  /** Writes a word that nobody reads before the next `store`. */
  write(offset: number, value: number): void;
}

/** What both ends of a ring are told. */
export interface RingOptions {
  /** Bytes of data behind the header: a power of two, as agreed on; what the header says is not believed. */
  readonly capacityBytes: number;
  /** Names the lane in errors. */
  readonly lane: string;
}

/** A ring in shared memory, or in any ArrayBuffer that both ends can reach. */
export class MappedRingMemory implements RingMemory {
  readonly #words: Int32Array;

  /** Holds on to `buffer`: it may be unmapped only once this object, and both ends of the ring, are out of use. */
  constructor(buffer: ArrayBufferLike, byteOffset = 0, byteLength: number = buffer.byteLength - byteOffset) {
    this.#words = new Int32Array(buffer, byteOffset, byteLength >> 2);
  }

  load(offset: number): number {
    return Atomics.load(this.#words, offset >> 2);
  }

  store(offset: number, value: number): void {
    Atomics.store(this.#words, offset >> 2, value);
  }

  read(offset: number): number {
    return this.#words[offset >> 2] ?? 0;
  }

  write(offset: number, value: number): void {
    this.#words[offset >> 2] = value;
  }
}
