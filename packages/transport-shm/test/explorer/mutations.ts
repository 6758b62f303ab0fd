// Bugs that a ring could have, each one change of its source. They are here to be found: an explorer that lets one of them
// pass would let it pass in the product too.
import type { Mutation } from './ring-source.ts';

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a frame is published before its length and kind',
    from: `    memory.write(record, bytes);
    memory.write(record + KIND_OFFSET, FRAME);
    const tail = (this.#claimed + recordBytes(bytes)) | 0;`,
    to: `    const tail = (this.#claimed + recordBytes(bytes)) | 0;
    memory.store(TAIL_OFFSET, tail);
    memory.write(record, bytes);
    memory.write(record + KIND_OFFSET, FRAME);`,
  },
  {
    name: 'room is published with the claim, before the bytes',
    from: `    this.#claimed = (tail + paddingBytes) | 0;`,
    to: `    this.#claimed = (tail + paddingBytes) | 0;
    this.#memory.store(TAIL_OFFSET, (this.#claimed + neededBytes) | 0);`,
  },
  {
    name: 'the writer looks at the flag before it publishes',
    from: `    memory.store(TAIL_OFFSET, tail);
    step('shm.publish.after');
    return this.#takeWakeOfReader();`,
    to: `    const mustWake = this.#takeWakeOfReader();
    memory.store(TAIL_OFFSET, tail);
    return mustWake;`,
  },
  {
    name: 'the reader does not look again before it sleeps',
    from: `    if (memory.load(TAIL_OFFSET) === this.#head && memory.load(WRITER_CLOSED_OFFSET) === 0) return true;`,
    to: `    if (memory.load(TAIL_OFFSET) !== this.#head + 1) return true;`,
  },
  {
    name: 'the reader looks again before it sets the flag',
    from: `    memory.store(READER_SLEEPS_OFFSET, 1);
    step('shm.sleep.flagged');
    if (memory.load(TAIL_OFFSET) === this.#head && memory.load(WRITER_CLOSED_OFFSET) === 0) return true;`,
    to: `    const maySleep = memory.load(TAIL_OFFSET) === this.#head && memory.load(WRITER_CLOSED_OFFSET) === 0;
    memory.store(READER_SLEEPS_OFFSET, 1);
    if (maySleep) return true;`,
  },
  {
    name: 'the reader does not look for the end before it sleeps',
    from: `memory.load(TAIL_OFFSET) === this.#head && memory.load(WRITER_CLOSED_OFFSET) === 0) return true;`,
    to: `memory.load(TAIL_OFFSET) === this.#head) return true;`,
  },
  {
    name: 'the writer does not look again before it waits',
    from: `if (this.claim(bytes) < 0 && memory.load(READER_CLOSED_OFFSET) === 0) return true;`,
    to: `if (memory.load(READER_CLOSED_OFFSET) === 0) return true;`,
  },
  {
    name: 'a look for room takes what is being read as read',
    from: `    this.#head = head;
    const freeBytes`,
    to: `    this.#head = usedBytes > ((this.#tail - head) | 0) ? this.#tail : head;
    const freeBytes`,
  },
  {
    name: 'a look for room finds a good part of the ring, whether the frame fits or not',
    from: `    const freeBytes = this.#capacityBytes - ((this.#tail - head) | 0);
    return freeBytes >= this.#capacityBytes / PARTS_PER_LAP && this.claim(bytes) >= 0;`,
    to: `    const freeBytes = this.#capacityBytes - ((this.#tail - head) | 0);
    return freeBytes >= this.#capacityBytes / PARTS_PER_LAP;`,
  },
  {
    name: 'the writer looks again before it sets the flag',
    from: `    memory.store(WRITER_WAITS_OFFSET, 1);
    step('shm.wait.flagged');
    if (this.claim(bytes) < 0 && memory.load(READER_CLOSED_OFFSET) === 0) return true;`,
    to: `    const mayWait = this.claim(bytes) < 0 && memory.load(READER_CLOSED_OFFSET) === 0;
    memory.store(WRITER_WAITS_OFFSET, 1);
    if (mayWait) return true;`,
  },
  {
    name: 'the reader never wakes the writer',
    from: `    if (unreadBytes > this.#capacityBytes / 2) return false;`,
    to: `    if (unreadBytes >= 0) return false;`,
  },
  {
    name: 'the head is stored before the frames are handed out',
    from: `    this.#isPolling = true;
    try {`,
    to: `    this.#isPolling = true;
    this.#memory.store(HEAD_OFFSET, (first + availableBytes) | 0);
    try {`,
  },
  {
    name: 'the writer takes more room than there is',
    from: `    return ((this.#tail - head) | 0) + neededBytes <= capacityBytes;`,
    to: `    return ((this.#tail - head) | 0) + neededBytes <= capacityBytes + RECORD_ALIGNMENT_BYTES;`,
  },
  {
    name: 'the writer forgets that padding takes room',
    from: `    if (!this.#hasRoom(paddingBytes + neededBytes)) return -1;`,
    to: `    if (!this.#hasRoom(neededBytes)) return -1;`,
  },
  {
    name: 'padding is handed out as a frame',
    from: `        if (kind === PADDING) {`,
    to: `        if (kind > PADDING) {`,
  },
  {
    name: 'whoever clears the flag of the reader does not wake it',
    from: `    this.#memory.store(READER_SLEEPS_OFFSET, 0);
    return true;
  }

  #hasRoom`,
    to: `    this.#memory.store(READER_SLEEPS_OFFSET, 0);
    return false;
  }

  #hasRoom`,
  },
  {
    name: 'the end is seen before the last frame',
    from: `    return this.#memory.load(WRITER_CLOSED_OFFSET) !== 0 && this.#memory.load(TAIL_OFFSET) === this.#head;`,
    to: `    return this.#memory.load(TAIL_OFFSET) === this.#head && this.#memory.load(WRITER_CLOSED_OFFSET) !== 0;`,
  },
  {
    name: 'the reader forgets how far it came when a batch ends',
    from: `      this.#head = (first + readBytes) | 0;`,
    to: `      if (frames < limit) this.#head = (first + readBytes) | 0;`,
  },
  {
    name: 'the reader looks at a tail that it has seen before',
    from: `    this.#tail = tail;
    return availableBytes;`,
    to: `    return availableBytes;`,
  },
];
